"""Acknowledging: by command, button, reaction and word, each the same."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.api import AlertState, EnvelopeKind, UserError
from plugins.ack import Settings, ack, ack_clicked, give_back_clicked, reacted, replied, take_over_clicked
from tests.engine.log_world import CHANNEL, LogWorld
from tests.plugins.log_context import as_context, context


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LogWorld]:
    made = LogWorld(tmp_path)
    made.scan()
    made.fire("ERROR disk is full\nERROR disk is full\n")
    made.sent()
    yield made
    made.journal.close()


def owner(world: LogWorld, alert_id: str = "A1") -> str:
    return next(alert for alert in world.alerts.open() if alert.id == alert_id).acknowledged_by


def typed(world: LogWorld, *words: str, user: str = "U0ANN", channel: str = CHANNEL, thread_ts: str = "") -> str:
    spoken = context(world, EnvelopeKind.COMMAND, user, channel=channel, thread_ts=thread_ts)
    ack(as_context(spoken), *words)
    return " ".join(spoken.said)


def test_the_command_takes_the_newest_alert_and_says_so(world: LogWorld) -> None:
    assert typed(world) == "`A1` is yours: 2 errors in api."
    assert owner(world) == "U0ANN"


def test_several_open_alerts_are_listed(world: LogWorld) -> None:
    world.fire_elsewhere()

    said = typed(world)

    assert said == "`A2` is yours: 1 error in web. It is the newest; nobody has `A1` (api) yet."
    assert (owner(world, "A2"), owner(world)) == ("U0ANN", "")


def test_a_named_alert_is_taken_with_its_note(world: LogWorld) -> None:
    world.fire_elsewhere()

    assert typed(world, "a1", "it", "is", "the", "disk") == "`A1` is yours: 2 errors in api."
    assert world.alerts.open()[1].note == "it is the disk"
    assert owner(world, "A2") == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["help"], "`/ack @bob` hands it over"),
        (["--help"], "Nothing was changed."),
        (["a1", "bakc"], "`bakc` is no word of mine. Did you mean `back`? Nothing was changed."),
        (["not"], "Did you mean `note`?"),
        (["@oncall"], "@oncall is no person that I know: pick one from Slack's list. Nothing was changed."),
        (["<!subteam^S0ONCALL|@oncall>", "please"], "@oncall is no person that I know"),
    ],
)
def test_what_was_hardly_meant_as_a_note_takes_nothing(world: LogWorld, words: list[str], said: str) -> None:
    with pytest.raises(UserError) as refused:
        typed(world, *words)

    assert said in str(refused.value)
    assert owner(world) == ""


@pytest.mark.parametrize("words", [["over", "A1"], ["take", "over", "A1"], ["A1", "over"]])
def test_the_alert_may_be_named_behind_what_is_to_be_done_with_it(world: LogWorld, words: list[str]) -> None:
    world.fire_elsewhere()

    assert typed(world, *words) == "`A1` is yours: 2 errors in api."
    assert typed(world, "<@U0BOB>", "A1", "yours") == "`A1` is Bob Example's now; they are told in its thread."
    assert (owner(world), owner(world, "A2")) == ("U0BOB", "")
    assert typed(world, "back", "A1", user="U0BOB") == "`A1` is nobody's again."


@pytest.mark.parametrize(
    "line",
    ["A1:", "A1, on it", "`A1`", "#A1", "a-1.", "alert A1", "take A1", "on it A1", "ack A1 please", "Over A1", "take over A1 please"],
)
def test_an_alert_is_known_however_it_is_written(world: LogWorld, line: str) -> None:
    world.fire_elsewhere()

    assert typed(world, *line.split()) == "`A1` is yours: 2 errors in api."
    assert (owner(world), owner(world, "A2")) == ("U0ANN", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1", "Did you mean `/ack A1`?"),
        ("same as A1", "The alert comes first: `/ack A1 …`."),
        ("A1 and A2", "I take one alert at a time."),
        ("all", "I take one alert at a time."),
        ("resolve A1", "That is another command: `/resolve A1`."),
        ("snooze 1h", "That is another command: `/snooze A12 1h`."),
        ("A1 snooze", "That is another command: `/snooze A1 4h`."),
        ("A1 mute for 1h30m", "That is another command: `/snooze A1 1h30m`."),
        ("a 1", "Did you mean `/ack A1`?"),
        ("status", "takes an alert"),
    ],
)
def test_what_means_another_alert_or_another_command_takes_none(world: LogWorld, line: str, said: str) -> None:
    world.fire_elsewhere()

    with pytest.raises(UserError) as refused:
        typed(world, *line.split())

    assert said in str(refused.value)
    assert "Nothing was changed." in str(refused.value)
    assert (owner(world), owner(world, "A2")) == ("", "")


def test_a_number_within_a_sentence_is_no_alert(world: LogWorld) -> None:
    typed(world, *["a", "500", "again"])

    assert [alert.note for alert in world.alerts.open() if alert.note] == ["a 500 again"]


@pytest.mark.parametrize("line", ["to <@U0BOB>", "A1 to <@U0BOB>", "hand over to <@U0BOB>", "Give A1 to <@U0BOB>", "assign <@U0BOB>"])
def test_whoever_it_is_given_to_gets_it(world: LogWorld, line: str) -> None:
    assert typed(world, *line.split()) == "`A1` is Bob Example's now; they are told in its thread."
    assert owner(world) == "U0BOB"


@pytest.mark.parametrize("line", ["Back", "unack", "give A1 back", "hand back A1", "BACK A1 please"])
def test_it_is_given_back_in_many_words(world: LogWorld, line: str) -> None:
    typed(world)

    assert typed(world, *line.split()) == "`A1` is nobody's again."


@pytest.mark.parametrize("line", ["take it over", "over from <@U0BOB>", "takeover"])
def test_it_is_taken_over_in_many_words(world: LogWorld, line: str) -> None:
    typed(world, user="U0BOB")

    assert typed(world, *line.split()) == "`A1` is yours: 2 errors in api."


def test_over_a_person_gives_it_to_nobody(world: LogWorld) -> None:
    typed(world)

    typed(world, "A1", "over", "<@U0BOB>")

    assert owner(world) == "U0ANN"


def test_a_note_that_begins_with_an_alerts_name_is_put_on_none(world: LogWorld) -> None:
    world.fire_elsewhere()

    with pytest.raises(UserError, match=r"The alert comes first: `/ack A1 note …`. Nothing was changed."):
        typed(world, "note", "A1", "it", "is", "the", "disk")

    assert typed(world, "A1", "note", "A2", "is", "the", "same") == "Noted on `A1`."


def test_who_is_mentioned_in_a_note_is_shown_by_name(world: LogWorld) -> None:
    typed(world, "A1", "waiting", "for", "<@U0BOB>", "and", "<!subteam^S0LEADS>")

    assert world.alerts.open()[0].note == "waiting for @Bob Example and @S0LEADS"


def test_words_that_name_no_alert_are_the_note(world: LogWorld) -> None:
    typed(world, "rebooting", "db-3")

    assert world.alerts.open()[0].note == "rebooting db-3"


def test_on_it_is_no_note(world: LogWorld) -> None:
    typed(world, "on", "it!")

    assert (owner(world), world.alerts.open()[0].note) == ("U0ANN", "")


def test_from_another_channel_the_newest_of_all_is_taken(world: LogWorld) -> None:
    assert "`A1` is yours" in typed(world, channel="C0ELSEWHERE")


def test_in_an_alerts_thread_that_alert_is_taken(world: LogWorld) -> None:
    thread_ts = world.ts_of("A1")
    world.fire_elsewhere()

    assert typed(world, thread_ts=thread_ts) == "`A1` is yours: 2 errors in api."
    assert owner(world, "A2") == ""


def test_an_alert_that_somebody_has_is_said_to_be_theirs(world: LogWorld) -> None:
    typed(world, user="U0BOB")

    said = typed(world, "A1")

    assert "Bob Example has it since" in said
    assert "<@" not in said
    assert owner(world) == "U0BOB"


def test_where_others_have_every_alert_each_of_theirs_can_be_taken_over(world: LogWorld) -> None:
    world.fire_elsewhere()
    typed(world, "A1", user="U0BOB")
    typed(world, "A2")
    spoken = context(world, EnvelopeKind.COMMAND, channel=CHANNEL)

    ack(as_context(spoken))

    assert spoken.said[0].startswith("Nobody needs to take an alert: `A2` (web) is yours since <!date^")
    assert "`A1` (api): Bob Example has it since" in spoken.said[0]
    buttons = [element for block in spoken.shown[0].blocks if block["type"] == "actions" for element in block["elements"]]  # type: ignore[attr-defined]
    assert [(each["text"]["text"], each["action_id"], each["value"]) for each in buttons] == [("Take A1 over", "take_over:A1", "A1")]
    assert owner(world) == "U0BOB"


@pytest.mark.parametrize("word", ["rollback", "server", "node-3", "done"])
def test_one_word_that_only_resembles_ours_is_a_note(world: LogWorld, word: str) -> None:
    typed(world, word)

    assert (owner(world), world.alerts.open()[0].note) == ("U0ANN", word)


def test_one_that_is_snoozed_is_said_to_be_by_whom_and_until_when(world: LogWorld) -> None:
    world.alerts.snooze("A1", "U0BOB", timedelta(hours=1))

    assert typed(world).startswith("Nobody needs to take an alert: `A1` (api) is snoozed by Bob Example until")


def test_without_an_open_alert_there_is_nothing_to_take(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No alert is open"):
        typed(LogWorld(tmp_path))


def test_an_unknown_alert_is_refused_by_name(world: LogWorld) -> None:
    with pytest.raises(UserError, match="There is no alert `A77`"):
        typed(world, "A77")


def test_the_button_takes_the_alert_without_a_word(world: LogWorld) -> None:
    spoken = context(world, EnvelopeKind.CLICK)

    ack_clicked(as_context(spoken), "A1")

    assert owner(world) == "U0ANN"
    assert spoken.said == []


def test_who_clicks_second_is_told_who_has_it(world: LogWorld) -> None:
    ack_clicked(as_context(context(world, EnvelopeKind.CLICK, "U0BOB")), "A1")
    spoken = context(world, EnvelopeKind.CLICK)

    ack_clicked(as_context(spoken), "A1")

    assert "Bob Example has it since" in spoken.said[0]


def test_the_other_button_gives_it_back(world: LogWorld) -> None:
    typed(world)

    give_back_clicked(as_context(context(world, EnvelopeKind.CLICK)), "A1")

    assert owner(world) == ""


def react(world: LogWorld, user: str = "U0ANN", ts: str = "", removed: bool = False) -> list[str]:
    where = {"channel": CHANNEL, "message_ts": ts or world.ts_of("A1")}
    spoken = context(world, EnvelopeKind.REACTION, user, name="eyes", removed=removed, **where)
    reacted(as_context(spoken))
    return spoken.said


def test_eyes_take_it_and_taking_them_off_gives_it_back(world: LogWorld) -> None:
    react(world)
    assert owner(world) == "U0ANN"

    react(world, removed=True)
    assert owner(world) == ""


def test_eyes_taken_off_by_somebody_else_change_nothing(world: LogWorld) -> None:
    react(world)
    react(world, "U0BOB")

    react(world, "U0BOB", removed=True)

    assert owner(world) == "U0ANN"


def test_eyes_on_another_message_are_only_eyes(world: LogWorld) -> None:
    react(world, ts="1.5")

    assert owner(world) == ""


def say(world: LogWorld, text: str, thread_ts: str = "") -> list[str]:
    spoken = context(world, EnvelopeKind.REPLY, channel=CHANNEL, thread_ts=thread_ts or world.ts_of("A1"))
    replied(as_context(spoken), text)
    return spoken.said


@pytest.mark.parametrize(
    "text",
    [
        "ack",
        "Ack!",
        "on it",
        "I'm on it.",
        "I’m on it",
        "Still on it",
        "I'm still on it.",
        "<@U0BOT> on it",
        "<@U0BOT>: ack",
        "looking into it",
        "acknowledged 👍",
        "acked",
        "aknowledged",
        "ack A1",
        "/ack",
        "I am on it, thanks",
        "I'm looking into it",
        "looking at this",
        "investigating",
        "taking a look",
        "I've got this",
        "ok, on it",
        "it's mine",
        "👀",
    ],
)
def test_saying_so_in_the_thread_takes_it(world: LogWorld, text: str) -> None:
    say(world, text)

    assert owner(world) == "U0ANN"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "who is on it?",
        "ack the pager please",
        "not on it",
        "back",
        "on item 3",
        "stack",
        "got it",
        "not mine",
        "ack A2",
        "is this mine?",
    ],
)
def test_other_words_are_talk(world: LogWorld, text: str) -> None:
    say(world, text)

    assert owner(world) == ""


def test_saying_so_elsewhere_takes_nothing(world: LogWorld) -> None:
    say(world, "on it", thread_ts="1.5")

    assert owner(world) == ""


WAYS: list[Callable[[LogWorld], object]] = [
    typed,
    lambda world: ack_clicked(as_context(context(world, EnvelopeKind.CLICK)), "A1"),
    react,
    lambda world: say(world, "on it"),
]


@pytest.mark.parametrize("way", WAYS, ids=["command", "button", "reaction", "word"])
def test_every_way_leads_to_the_same(world: LogWorld, way: Callable[[LogWorld], object]) -> None:
    way(world)

    (alert,) = world.alerts.open()
    assert (alert.state, alert.acknowledged_by, alert.acknowledged_at) == (AlertState.ACKNOWLEDGED, "U0ANN", world.clock.now())
    assert [row.story for row in world.sent()] == ["alert:A1"]
    assert world.audited()[-1] == ("U0ANN", "alert.acknowledged", "alert:A1")


def test_a_note_is_added_without_taking(world: LogWorld) -> None:
    assert typed(world, "note", "it", "is", "the", "disk") == "Noted on `A1`."
    assert typed(world, "A1", "note", "or", "not") == "Noted on `A1`."
    assert (owner(world), world.alerts.get("A1").note) == ("", "or not")


def test_a_person_that_is_named_gets_it(world: LogWorld) -> None:
    assert typed(world, "<@U0BOB>", "yours") == "`A1` is Bob Example's now; they are told in its thread."
    assert owner(world) == "U0BOB"
    with pytest.raises(UserError, match="only they can hand it over"):
        typed(world, "A1", "<@U0RIA>")


def test_it_is_taken_over_on_purpose_only(world: LogWorld) -> None:
    typed(world, user="U0BOB")
    typed(world, "A1")
    assert owner(world) == "U0BOB"

    assert typed(world, "over") == "`A1` is yours: 2 errors in api."
    assert owner(world) == "U0ANN"


def test_it_is_given_back_by_command(world: LogWorld) -> None:
    typed(world)
    world.fire_elsewhere()

    assert typed(world, "back") == "`A1` is nobody's again."  # one's own, not the newest
    assert owner(world) == ""


def test_words_in_the_thread_give_it_back_only_to_who_has_it(world: LogWorld) -> None:
    typed(world, user="U0BOB")
    say(world, "give back")
    assert owner(world) == "U0BOB"

    typed(world, "over")
    say(world, "Give back.")
    assert owner(world) == ""


def test_words_in_the_thread_take_it_over(world: LogWorld) -> None:
    typed(world, user="U0BOB")

    say(world, "I'll take over")

    assert owner(world) == "U0ANN"


@pytest.mark.parametrize("way", [react, lambda world: say(world, "on it")], ids=["reaction", "word"])
def test_who_comes_second_without_a_command_is_told_whose_it_is_too(world: LogWorld, way: Callable[[LogWorld], list[str]]) -> None:
    assert way(world) == []
    typed(world, "over", user="U0BOB")

    (said,) = way(world)

    assert said.startswith("`A1` (api): Bob Example has it since")
    assert owner(world) == "U0BOB"


def test_who_can_not_give_it_back_hears_whose_it_is_and_what_is_over_is_said_to_be(world: LogWorld) -> None:
    typed(world, user="U0BOB")
    assert "Bob Example has it since" in say(world, "give back")[0]
    assert react(world, removed=True) == []
    world.alerts.resolve("A1", "U0BOB")

    assert say(world, "on it") == ["`A1` is resolved."]
    assert react(world) == []  # to look at what is over is no claim


def test_only_the_configured_emoji_take_it(world: LogWorld) -> None:
    def put(name: str) -> None:
        spoken = context(world, EnvelopeKind.REACTION, name=name, channel=CHANNEL, message_ts=world.ts_of("A1"))
        spoken.settings = Settings(("raised_hand",))
        reacted(as_context(spoken))

    put("eyes")
    assert owner(world) == ""
    put("raised_hand::skin-tone-3")
    assert owner(world) == "U0ANN"


@pytest.mark.parametrize("names", [(), (":eyes:",), ("",)])
def test_emoji_that_can_not_be_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="expected names of emoji"):
        Settings(names)


def test_an_alert_that_was_resolved_meanwhile_is_not_said_to_be_taken_over(world: LogWorld) -> None:
    typed(world, user="U0BOB")
    world.alerts.resolve("A1", "U0BOB")
    clicked = context(world, EnvelopeKind.CLICK, "U0ANN")

    take_over_clicked(as_context(clicked), "A1")

    assert clicked.said == ["`A1` is resolved."]


def test_a_resolved_alert_is_not_taken_by_its_old_button(world: LogWorld) -> None:
    world.alerts.resolve("A1", "U0BOB")
    spoken = context(world, EnvelopeKind.CLICK)

    ack_clicked(as_context(spoken), "A1")

    assert spoken.said == ["`A1` is resolved."]
