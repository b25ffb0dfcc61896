"""What the scenarios do with the release form."""

from typing import Any

from bot.testing import Workspace
from sandbox.person import Person

Json = dict[str, Any]


def filled_form(
    workspace: Workspace, person: Person, command: str = "/release", channel: str = "C0OPS", title: str = "Release", timeout_s: float = 10.0
) -> Json:
    """Open the form of a release, or of what `title` says, and return it once a version is proposed in it."""
    assert person.types(command, channel=channel) == {"ok": True}
    person.waits_for_modal(title)

    def filled() -> Json:
        form: Json = person.modal
        return form if block(form, "version") else {}

    return workspace.sandbox.wait_until(filled, timeout_s, what="the form to propose a version")


def block(form: Json, name: str) -> str:
    """Return the id of a field's block, "" when there is none."""
    return next((b["block_id"] for b in form["blocks"] if b.get("block_id", "").partition(":")[0] == name), "")
