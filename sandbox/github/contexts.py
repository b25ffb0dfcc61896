"""The contexts that a run's expressions are evaluated in."""

from typing import Any

from sandbox.github.state import Hub, Repo, Run


def of_run(hub: Hub, repo: Repo, run: Run) -> dict[str, Any]:
    """Return `github`, `inputs`, and the empty ones (`vars`, `secrets`, `env`) of a run."""
    kinds = {name: spec.type for name, spec in run.workflow.inputs.items()}
    inputs: dict[str, Any] = {
        # In `inputs` a boolean is a boolean; in `github.event.inputs` everything stays text.
        name: value == "true" if kinds.get(name) == "boolean" else value
        for name, value in run.inputs.items()
    }
    github = {
        "actor": run.actor,
        "triggering_actor": run.triggering_actor,
        "event_name": run.event,
        "event": {"inputs": dict(run.inputs)},
        "ref": f"refs/heads/{run.ref}",
        "ref_name": run.ref,
        "ref_type": "branch",
        "repository": repo.full_name,
        "repository_owner": repo.owner,
        "run_id": run.id,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "sha": run.head_sha,
        "server_url": hub.world.url,
        "api_url": hub.world.url,
        "token": "***",
        "workflow": run.workflow.name,
    }
    return {"github": github, "inputs": inputs, "vars": {}, "secrets": {}, "env": {}}
