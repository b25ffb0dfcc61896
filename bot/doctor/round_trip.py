"""A round trip by Slack: connect, post a button that one person sees, and see their click come back.

Slack gives each envelope to any one of the app's connections. So while the service runs this is left out: what people ask for meanwhile would come
here and not be done.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import aiohttp

from bot.adapters.heartbeat import FileHeartbeat
from bot.adapters.journal.lease import open_lease
from bot.adapters.slack.chat import SlackChat
from bot.adapters.slack.link import Link
from bot.adapters.slack.payloads import items, text_at
from bot.adapters.slack.webapi import web_client
from bot.core.blocks import Message, actions, button, section
from bot.doctor.finding import Finding, fail, ok, warn
from bot.ports.chat import Whisper
from bot.ports.errors import ChatopsError
from bot.settings import Settings

TOPIC = "Slack round trip"
CLICK_WITHIN_S = 60.0
_ALIVE_WITHIN = timedelta(seconds=20)  # the service beats every 5 s


def round_trip(settings: Settings, asked: str, say: Callable[[str], None], click_within_s: float = CLICK_WITHIN_S) -> Iterator[Finding]:
    """Yield whether Slack's frames come in, and clicks with them.

    Args:
        asked: the person who shall click; "" tries the connection alone.
        say: tells whoever waits what to do.
    """
    if runs(settings):
        yield ok(TOPIC, "the service runs and holds the connections; it is not disturbed")
        return
    try:
        outcome = asyncio.run(_Trip(settings, asked, say, click_within_s).run())
    except ChatopsError as error:
        yield fail(TOPIC, str(error), "is Socket Mode on, and can this machine reach wss://*.slack.com? A proxy goes into HTTPS_PROXY")
        return
    match outcome:
        case "connected":
            yield warn(
                TOPIC,
                "connected, and Slack said hello; a click was not tried",
                "chatopsd doctor --ask YOUR_MEMBER_ID, and press the button",
            )
        case "clicked":
            yield ok(TOPIC, f"connected, and {asked}'s click came in")
        case _:
            yield fail(
                TOPIC,
                f"no click came within {click_within_s:.0f} s",
                "was the button pressed? Then switch on Interactivity in the app, and see that no other program uses its token",
            )


def runs(settings: Settings) -> bool:
    """Tell whether the service is alive: it holds the lease on its journal, on whichever machine. Its heartbeat pauses while it tells of an absence."""
    try:
        if open_lease(settings.database_url).is_taken():
            return True
    except ChatopsError:  # the journal's own topic says what is wrong
        pass
    last = FileHeartbeat(settings.state_dir / "alive").last()
    return last is not None and abs(datetime.now(UTC) - last) < _ALIVE_WITHIN


class _Trip:
    def __init__(self, settings: Settings, asked: str, say: Callable[[str], None], click_within_s: float) -> None:
        self._settings = settings
        self._asked = asked
        self._say = say
        self._click_within_s = click_within_s
        self._action = f"chatopsd_doctor_{token_hex(4)}"
        self._clicked: asyncio.Queue[str] = asyncio.Queue()  # ids of the envelopes

    async def run(self) -> str:
        """Return how far it came: connected, clicked, or silent."""
        link = Link(self._settings.slack_app_token, self._settings.slack_api_url, self._serve)
        try:
            await link.open()
            if not self._asked:
                return "connected"
            await asyncio.to_thread(self._post)
            try:
                async with asyncio.timeout(self._click_within_s):
                    envelope_id = await self._clicked.get()
            except TimeoutError:
                return "silent"
            await _ack(link, envelope_id)
            return "clicked"
        finally:
            await link.leave(1.0)

    def _post(self) -> None:
        chat = SlackChat(web_client(self._settings.slack_bot_token, self._settings.slack_api_url))
        text = "chatopsd doctor: please press this button. Only you see it."
        message = Message.of(text, section(text), actions(button("It works", self._action)))
        chat.whisper(Whisper(user=self._asked, channel=self._settings.configuration.channel), message)
        self._say(f"A button was posted for {self._asked} in {self._settings.configuration.channel}: press it.")

    def _serve(self, link: Link, envelope: Mapping[str, Any]) -> None:
        """Take our own click. Everything else is left unacked: Slack delivers events again, and tells the person of anything else."""
        if any(text_at(action, "action_id") == self._action for action in items(envelope, "payload", "actions")):
            self._clicked.put_nowait(text_at(envelope, "envelope_id"))
        link.settled()


async def _ack(link: Link, envelope_id: str) -> None:
    if link.current_session is None:
        return
    with suppress(aiohttp.ClientError, ConnectionError):  # the click came, which is what was asked
        await link.current_session.send_json({"envelope_id": envelope_id})
