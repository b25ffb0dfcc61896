"""The stories that are played at every point: what people do, and go on doing after the daemon died under them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.world import Scene

Json = dict[str, Any]
VERSION = "1.5.0"
TAKEN = "1.0.0"
"""A version that exists."""
ALERTS = "C0ALERTS"
OUTAGE_S = 90.0
"""After an outage of 20 s the next try may be as far away again."""


def release_by_command(scene: Scene) -> None:
    scene.ask("release", lambda: scene.ann.types(f"/release {scene.service} {VERSION} staging"))


def release_by_form(scene: Scene, version: str = VERSION) -> None:
    """Ask for the form, wait until a version is proposed in it, and send it with another one."""
    old = [modal["id"] for modal in scene.ann.modals]  # of a story before, which failed; the new form closes it
    if not scene.ask("form", lambda: scene.ann.types(f"/release {scene.service}")):
        return
    form = scene.until(lambda: _filled(scene, old) or scene.told(), "the form, or a word why there is none", OUTAGE_S)
    if not isinstance(form, dict):
        return
    _send(scene, form, version)


def _send(scene: Scene, form: Json, version: str) -> None:
    field = next(block["block_id"] for block in form["blocks"] if block.get("block_id", "").startswith("version:"))
    scene.ask("release", lambda: scene.ann.does("submit", view_id=form["id"], values={field: version}))


def send_again(scene: Scene) -> None:
    """Send a form once more that is still open because Slack said that it failed."""
    if scene.until(scene.settled, "everything to settle after the restart", 60.0) is None:
        return
    form = _filled(scene)
    if form and ("release", False) in scene.requests:
        _send(scene, form, VERSION)


def ask_for_nonsense(scene: Scene) -> None:
    """Ask for what is refused: the answer is for ann alone, and can't be looked for in Slack."""
    scene.ask("question", lambda: scene.ann.types(f"/release {scene.service} nonsense staging"))


def acknowledge(scene: Scene) -> None:
    """Let errors be written into the log, wait for their alert, and take it."""
    if not scene.lines:
        scene.lines = 3
        with scene.world.log.open("a") as log:
            log.write("".join(f"2026-01-01 12:00:0{n} ERROR payment {n} failed\n" for n in range(3)))
    alert = scene.until(lambda: next(iter(_firing(scene)), None), "an alert with its button", OUTAGE_S)
    if alert is not None:
        scene.ask("ack", lambda: scene.ann.clicks(alert, "ack"))


def take_again(scene: Scene) -> None:
    """Take the alerts that nobody has, once the daemon is back: what did not work is done again."""
    if ("ack", True) in scene.requests:
        return
    scene.until(lambda: scene.parents(ALERTS) and scene.settled(), "the alert, after the restart", OUTAGE_S)
    while firing := _firing(scene):
        if not _take(scene, firing[0]):
            return


def _take(scene: Scene, alert: Json) -> bool:
    """Take an alert, and say whether its message shows that."""
    taken = scene.ask("ack", lambda: scene.ann.clicks(alert, "ack"))
    return taken and scene.until(lambda: alert not in _firing(scene), "the alert to be taken") is not None


def _filled(scene: Scene, besides: Sequence[str] = ()) -> Json | None:
    modals: list[Json] = [modal for modal in scene.ann.modals if modal["id"] not in besides]
    return next((m for m in reversed(modals) if any(b.get("block_id", "").startswith("version:") for b in m["blocks"])), None)


def _firing(scene: Scene) -> list[Json]:
    return [m for m in scene.parents(ALERTS) if '"action_id": "ack"' in str(m).replace("'", '"')]


def nothing(scene: Scene) -> None:
    """Do nothing more: what was asked for either happens, or is told."""


@dataclass(frozen=True, slots=True)
class Story:
    """What is played, and what the person does once the daemon is back."""

    name: str
    play: Callable[[Scene], None]
    resume: Callable[[Scene], None] = nothing
    watches: bool = False


RELEASE = Story("release by command", release_by_command)
FORM = Story("release by modal", release_by_form, send_again)
ACK = Story("acknowledge an alert", acknowledge, take_again, watches=True)
REFUSAL = Story("a refusal", ask_for_nonsense)
MISTAKE = Story("a mistake in the form", lambda scene: release_by_form(scene, TAKEN))
STORIES = (RELEASE, FORM, ACK, REFUSAL)
