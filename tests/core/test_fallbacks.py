import pytest

from bot.core.blocks import Message, section
from bot.core.fallbacks import Fallback, Refused, choose_fallback, redirected, shortened
from bot.core.markup import md


def refused(code: str, **changed: object) -> Refused:
    facts: dict[str, object] = {
        "code": code, "channel": "C0ALERTS", "timeline": "C0OPS", "has_blocks": True, "is_edit": False, "is_reply": False, "is_whisper": False
    }  # fmt: skip
    return Refused(**{**facts, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        (refused("invalid_blocks"), Fallback.TEXT_ONLY),
        (refused("invalid_blocks", has_blocks=False), Fallback.NONE),
        (refused("msg_too_long"), Fallback.SHORTER),
        (refused("message_not_found", is_edit=True), Fallback.ANEW),
        (refused("message_not_found"), Fallback.NONE),
        (refused("thread_not_found", is_reply=True), Fallback.OUT_OF_THREAD),
        (refused("channel_not_found"), Fallback.ELSEWHERE),
        (refused("is_archived"), Fallback.ELSEWHERE),
        (refused("not_in_channel", channel="C0OPS"), Fallback.LATER),
        (refused("not_in_channel", channel="C0OPS", is_whisper=True), Fallback.NONE),
        (refused("token_revoked"), Fallback.LATER),
        (refused("token_revoked", is_whisper=True), Fallback.LATER),
        (refused("not_in_channel", is_whisper=True), Fallback.NONE),
        (refused("something_new"), Fallback.NONE),
    ],
)
def test_each_refusal_has_one_sensible_way_out_or_none(given: Refused, chosen: Fallback) -> None:
    assert choose_fallback(given) is chosen


def test_a_shortened_message_is_not_escaped_twice_and_its_cut_is_seen() -> None:
    message = shortened(Message.of(md("{}", "<" * 2000), section("x")))
    assert message.blocks == ()
    assert "&amp;lt;" not in message.text
    assert message.text.endswith("…")
    assert len(message.text) <= 3000


def test_a_redirected_message_says_where_it_could_not_go() -> None:
    message = redirected(Message.of("41 errors"), "C0ALERTS", "is_archived")
    assert "<#C0ALERTS>" in str(message.blocks[0])
    assert "is_archived" in str(message.blocks[0])
    assert "41 errors" in str(message.blocks[1])
