"""The story by itself: a release through the form, a log alert, an acknowledgement; each step seen, and printed as it happens."""

from collections.abc import Callable
from typing import Any

from bot.demo.log_writer import LogWriter
from sandbox.client import Sandbox, text_of

Json = dict[str, Any]

RELEASE_WITHIN_S = 60.0
ALERT_WITHIN_S = 30.0


class TourFailed(Exception):
    """A step of the story was not seen to happen."""


class Tour:
    """Plays the story against a running daemon."""

    def __init__(self, url: str, writer: LogWriter) -> None:
        self._sandbox = Sandbox(url)
        self._writer = writer
        self._ann = self._sandbox.ann
        self._ria = self._sandbox.ria
        self._names = {person["id"]: person["name"] for person in self._sandbox.state()["people"]}

    def play(self) -> None:
        """Play every step.

        Raises:
            TourFailed, AssertionError: a step did not happen; the text says which.
        """
        steps: list[tuple[str, Callable[[], None]]] = [
            ("A release, through the form", self._release),
            ("The tag is in the repository", self._tag),
            ("The log watch finds trouble", self._alert),
            ("Ria takes it", self._acknowledge),
        ]
        for n, (title, step) in enumerate(steps, 1):
            print(f"\n{n}. {title}\n", flush=True)
            step()
        print("\nEvery step was seen to happen.", flush=True)

    def _release(self) -> None:
        self._says("ann", "/release", "#ops")
        self._expect(self._ann.types("/release", channel="C0OPS"))
        self._ann.waits_for_modal("Release")
        form = self._sandbox.wait_until(self._form, what="the version to be proposed in the form")
        version = next(block["block_id"] for block in form["blocks"] if block.get("block_id", "").startswith("version:"))
        self._shows("(form)", form)
        wrong = self._ann.submits({version: "1.4.2"}, form)
        if "exists already" not in wrong.get(version, ""):
            raise TourFailed(f"The form should have refused 1.4.2 at its field, but said {wrong or 'nothing'}.")
        self._says("form", f"1.4.2? {wrong[version]}", "")
        errors = self._ann.submits({version: "1.5.0"}, form)
        if errors:
            raise TourFailed(f"The form was refused: {errors}")
        self._says("ann", "sends it with 1.5.0", "")
        story = self._ann.waits_for("is live in", channel="C0OPS", timeout_s=RELEASE_WITHIN_S)
        self._shows("#ops", story)
        for reply in self._sandbox.wait_until(lambda: self._ann.sees_thread(story), what="the thread of the release"):
            self._shows("#ops", reply, indent=1)

    def _form(self) -> Json:
        """Return the form once it proposes a version, an empty one until then."""
        modal = self._ann.modal
        return modal if any(block.get("block_id", "").startswith("version:") for block in modal["blocks"]) else {}

    def _tag(self) -> None:
        repo = self._sandbox.repo("acme/checkout")
        tag = next((tag for tag in repo["tags"] if tag["name"] == "v1.5.0"), None)
        if tag is None:
            raise TourFailed("The run ended well, but the repository has no tag v1.5.0.")
        print(f"   git: v1.5.0 is at {tag['sha']}", flush=True)

    def _alert(self) -> None:
        self._writer.write(quiet=400, trouble=23)
        self._says("checkout-api", "423 new lines in its log, 23 of them errors", "")
        self._shows("#alerts", self._ria.waits_for("23 errors", channel="C0ALERTS", timeout_s=ALERT_WITHIN_S))

    def _acknowledge(self) -> None:
        alert = self._ria.waits_for("23 errors", channel="C0ALERTS")
        self._says("ria", "clicks Acknowledge", "#alerts")
        self._expect(self._ria.clicks(alert, "Acknowledge"))
        self._shows("#alerts", self._ria.waits_for("Acknowledged by ria", channel="C0ALERTS"))

    def _expect(self, answer: Json) -> None:
        if not answer.get("ok"):
            raise TourFailed(f"Slack would have shown an error: {answer.get('error')}")

    def _says(self, who: str, what: str, where: str) -> None:
        print(f"   {where + ' ' if where else ''}{who}: {what}", flush=True)

    def _shows(self, where: str, shown: Json, indent: int = 0) -> None:
        who = self._names.get(shown.get("user", ""), "chatops")
        margin = "   " + "    " * indent
        text = text_of(shown).replace("\n", f"\n{margin}    ")
        print(f"{margin}{where} {who}: {text}", flush=True)
