"""The one request that starts a run."""

import json
from collections.abc import Mapping
from typing import Any

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.ports.errors import OutcomeUnknown, Rejected
from bot.ports.github import Dispatched

_OPERATION = "actions.create_workflow_dispatch"


class Dispatching:
    """Dispatches workflows, and remembers whether the server tells the run's id.

    GitHub Enterprise Server to 3.20 refuses the parameter that asks for it. That refusal proves that nothing was dispatched, so it is the
    one case in which a second request follows; from then on the parameter is left out.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._knows_run_details = True

    def dispatch(self, repo: str, workflow: str, ref: str, inputs: Mapping[str, str]) -> Dispatched:
        """Ask for a run, once."""
        request = {
            **sendable.repository(repo),
            "workflow_id": sendable.workflow(workflow),
            "ref": sendable.ref(ref),
            "inputs": sendable.inputs(inputs),
        }
        what = f"the dispatch of {workflow} of {repo} on {ref}"
        if self._knows_run_details:
            try:
                return _dispatched(self._client.dispatch(_OPERATION, what, **request, return_run_details=True), what)
            except Rejected as refusal:
                if not _does_not_know_run_details(refusal):
                    raise
                self._knows_run_details = False
        return _dispatched(self._client.dispatch(_OPERATION, what, **request), what)


def _does_not_know_run_details(refusal: Rejected) -> bool:
    """Say whether GitHub refused our parameter itself: `"return_run_details" is not a permitted key`."""
    text = str(refusal)
    return refusal.code in ("400", "422") and "return_run_details" in text and "permitted key" in text


def _dispatched(content: bytes, what: str) -> Dispatched:
    """Read the answer of an accepted dispatch: nothing (204), or the run."""
    if not content:
        return Dispatched(None, "")
    try:
        raw: Any = json.loads(content)
    except ValueError as error:
        raise OutcomeUnknown(f"GitHub's answer to {what} can't be read: the run may have been started.") from error
    run_id = raw.get("workflow_run_id") if isinstance(raw, dict) else None
    return Dispatched(run_id, str(raw.get("html_url") or "")) if isinstance(run_id, int) else Dispatched(None, "")
