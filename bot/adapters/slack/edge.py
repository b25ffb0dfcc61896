"""Where Slack's payloads come in: read, handed to the receiver, and acked with what it says.

Bolt checks the token and carries the request; the intake below is its first middleware and answers everything itself. It is no set of listeners, one
for each type of payload: Bolt's own middleware and matchers raise on a payload that lacks a field or has a number for an object, leave unknown types
unacked, and take their time for each.
"""

import json
import logging
from collections.abc import Callable, Mapping

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.error import BoltError
from slack_bolt.middleware import Middleware
from slack_sdk.errors import SlackApiError

from bot.adapters.slack.chat import SlackChat
from bot.adapters.slack.envelopes import envelope_of
from bot.adapters.slack.payloads import items, text_at
from bot.adapters.slack.webapi import OnceClient, losing, refusal, sdk_log
from bot.core.blocks import modal, section
from bot.core.markup import md, shorten
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, ConfigError, JournalError, Unavailable
from bot.ports.events import Answer, Envelope, EnvelopeKind, Receiver

log = logging.getLogger(__name__)

# Slack drops an ack payload of 20,480 bytes or more in silence, and the modal would hang (measured; see the SDKs).
ACK_PAYLOAD_BYTES = 20_000
_ERROR_TEXT = 300
WAITED_S = "waited_s"
"""Where a request's context says how long ago it arrived."""
# A form waits for its mistakes, and for what stands in a thread the journal must be asked: neither is done where nobody may wait.
_WAITS = frozenset({EnvelopeKind.SUBMISSION, EnvelopeKind.REPLY})
_SUGGESTION = "block_suggestion"  # its ack must carry options


def reader(chat: SlackChat, clock: Clock) -> Callable[[object], Envelope | None]:
    """Return what reads a payload where nobody may wait: None for one whose ack needs an answer, which is Bolt's way."""
    bot_user = chat.identity().bot_user

    def read(payload: object) -> Envelope | None:
        if text_at(payload, "type") == _SUGGESTION:
            return None
        envelope = envelope_of(payload, bot_user, clock.now())
        return None if envelope.kind in _WAITS else envelope

    return read


def build_app(client: OnceClient, chat: SlackChat, receiver: Receiver, clock: Clock) -> App:
    """Check the bot's token and build the synchronous Bolt app that hands every payload to `receiver`.

    Raises:
        ConfigError: Slack refuses SLACK_BOT_TOKEN, or variables of Bolt's own would change what the app is.
        Unavailable: Slack can't be asked now.
    """
    identity = chat.identity()
    try:
        with losing("auth.test", Unavailable):
            app = App(
                name="chatopsd",
                client=client,
                logger=sdk_log,
                before_authorize=Intake(receiver, identity.bot_user, clock),
                process_before_response=True,  # the intake runs in the calling thread; else Bolt polls for its ack every 10 ms
                token_verification_enabled=True,
                # What has no meaning without HTTP, and what the envelopes tell apart themselves (our own events).
                request_verification_enabled=False,
                ssl_check_enabled=False,
                url_verification_enabled=False,
                ignoring_self_events_enabled=False,
                attaching_function_token_enabled=False,
                attaching_conversation_kwargs_enabled=False,
            )
    except BoltError as error:
        raise _refused(error) from error
    if app.oauth_flow is not None:
        raise ConfigError("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET must not be set: with them Bolt would leave SLACK_BOT_TOKEN unused.")
    app.error(withhold_ack)
    return app


def _refused(error: BoltError) -> ChatopsError:
    """Tell a token that Slack refuses from a Slack that breaks, which Bolt calls the same."""
    cause = error.__context__
    failure = refusal("auth.test", cause.response, Unavailable) if isinstance(cause, SlackApiError) else None
    return failure if isinstance(failure, Unavailable) else ConfigError(f"Slack refuses SLACK_BOT_TOKEN: {failure or error}")


class Intake(Middleware):
    """The one step of every request: what it returns is the ack; what it raises withholds it."""

    def __init__(self, receiver: Receiver, bot_user: str, clock: Clock) -> None:
        self._receiver = receiver
        self._bot_user = bot_user
        self._clock = clock

    def process(self, *, req: BoltRequest, resp: BoltResponse, next: Callable[[], BoltResponse]) -> BoltResponse:
        """Have the payload written down, and ack it."""
        if text_at(req.body, "type") == _SUGGESTION:
            return _ack({"options": []})
        envelope = envelope_of(req.body, self._bot_user, self._clock.now())
        if envelope.kind is EnvelopeKind.OTHER:
            return _ack()
        answer = self._receiver.receive(envelope, req.context.get(WAITED_S, 0.0))
        if answer and answer.refusal:
            return _ack(_refused_form(req.body, answer.refusal))
        return _ack(_errors(answer)) if answer and answer.errors else _ack()


def withhold_ack(error: Exception) -> BoltResponse:
    """Log why a payload could not be taken; without an ack Slack delivers an event again, and tells the person of anything else."""
    if isinstance(error, JournalError):
        log.error("slack.not_written", extra={"fields": {"why": str(error)}})
    else:
        log.error("slack.not_taken", exc_info=error)
    return BoltResponse(status=500)


def _ack(payload: Mapping[str, object] | None = None) -> BoltResponse:
    if payload is None:
        return BoltResponse(status=200, body="")
    return BoltResponse(status=200, body=json.dumps(payload), headers={"content-type": "application/json"})


def _errors(answer: Answer) -> dict[str, object]:
    """Return the ack that shows mistakes at their fields; those that would make it too large are left for the next try."""
    shown: dict[str, str] = {}
    size = 0
    for block_id, text in answer.errors.items():
        shorter = shorten(text, _ERROR_TEXT)
        size += len(json.dumps({block_id: shorter}))
        if size > ACK_PAYLOAD_BYTES:
            break
        shown[block_id] = shorter
    return {"response_action": "errors", "errors": shown}


def _refused_form(body: Mapping[str, object], why: str) -> dict[str, object]:
    """Return the ack that leaves a form open and says why it was not taken: at its first field, in a form of no fields on top of it."""
    fields = [text_at(block, "block_id") for block in items(body, "view", "blocks") if text_at(block, "type") == "input"]
    if fields:
        return {"response_action": "errors", "errors": {fields[0]: why}}
    return {"response_action": "push", "view": modal("refused", "Not taken", [section(md("⏳ {}", why))])}
