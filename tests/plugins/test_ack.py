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


@pytest.mark.parametrize(
    ("line", "typed_instead"),
    [
        ("A1 snooze 1 hour", "/snooze A1 1h"),
        ("A1 snooze 30 min", "/snooze A1 30m"),
        ("A1 snooze 30min", "/snooze A1 30m"),
        ("A1 snooze 1h 30m", "/snooze A1 1h30m"),
        ("A1 snooze for 1 hour", "/snooze A1 1h"),
        ("A1 snooze until 9:00", "/snooze A1 until 9:00"),
        ("A1 snooze till tomorrow 5pm pls", "/snooze A1 until tomorrow 17:00"),
        ("PLS SNOOZE A1 1H!!!", "/snooze A1 1h"),
        ("A1 pls snooze 1,5 h thx 🙏", "/snooze A1 1h30m"),
        ("a1 snooze 1.5 hours", "/snooze A1 1h30m"),
        ("A1snooze 1h", "/snooze A1 1h"),
        ("snoozeA1 1h", "/snooze A1 1h"),
        ("A1,snooze 1h30", "/snooze A1 1h30m"),
        ("A1: mute for1h", "/snooze A1 1h"),
        ("snooze 1h A1", "/snooze A1 1h"),
        ("can you snooze A1 for an hour?", "/snooze A1 1h"),
        ("A1 snoze 2h", "/snooze A1 2h"),
        ("Mute a1 for half an hour :pray:", "/snooze A1 30m"),
        ("A1 silence 1 day and 12 hours.", "/snooze A1 1d12h"),
        ("mute a 1", "/snooze A1 4h"),
        ("mute 1 4h", "/snooze A1 4h"),
        ("snooze 4h 1", "/snooze A1 4h"),
        ("1 snooze 1h", "/snooze A1 1h"),
        ("snooze1h", "/snooze A12 1h"),
        ("A1 snooze until tomorrow", "/snooze A1 …"),
        ("A1 snooze 1/2 h", "/snooze A1 …"),
        ("A1 snooze 1-2h", "/snooze A1 …"),
        ("A1 snooze 1 hour 30", "/snooze A1 …"),
        ("A1 snooze 1h or 2h", "/snooze A1 …"),
        ("A1 snooze 1h until 9:00", "/snooze A1 …"),
        ("A1 snooze 1,000 min", "/snooze A1 …"),
        ("A1 snooze 90", "/snooze A1 …"),
        ("resolve 1", "/resolve A1"),
        ("resolve a 1", "/resolve A1"),
        ("Resolve #1 pls", "/resolve A1"),
        ("a 12 resolve", "/resolve A12"),
        ("resolveA1", "/resolve A1"),
        ("resolv 1", "/resolve A1"),
        ("A1 closed 👍", "/resolve A1"),
        ("A1 resolved, was the disk", "/resolve A1 was the disk"),
        ("resolve A1 it was the disk on db 3", "/resolve A1 it was the disk on db 3"),
        ("A1 resolve pls it is over", "/resolve A1 pls it is over"),
        ("resolve 1 because it is over", "/resolve A1 because it is over"),
    ],
)
def test_another_command_is_told_with_the_alert_and_the_length_that_were_typed(world: LogWorld, line: str, typed_instead: str) -> None:
    world.fire_elsewhere()

    with pytest.raises(UserError) as refused:
        typed(world, *line.split())

    hint = ", with a length such as 30m, 4h, 1d or until 9:00" if "…" in typed_instead else ""
    assert str(refused.value) == f"That is another command: `{typed_instead}`{hint}. Nothing was changed."
    assert (owner(world), owner(world, "A2")) == ("", "")


def test_another_command_names_no_alert_that_nobody_named_but_the_one_in_whose_thread_it_was_typed(world: LogWorld) -> None:
    while world.fire_elsewhere() != "A12":
        world.alerts.resolve(world.alerts.open()[0].id, "U0BOB")

    with pytest.raises(UserError, match="`/resolve ALERT`"):
        typed(world, "resolve")
    with pytest.raises(UserError, match="`/snooze A1 1h`"):
        typed(world, "snooze", "1h", thread_ts=world.ts_of("A1"))


@pytest.mark.parametrize(
    ("line", "typed_instead"),
    [
        ("alert 12", "/ack A12"),
        ("take 12", "/ack A12"),
        ("over 12", "/ack A12 over"),
        ("back 12", "/ack A12 back"),
        ("12 <@U0BOB>", "/ack A12 @Bob Example"),
        ("12 @bob", "/ack A12 @bob"),
        ("12 <!subteam^S0ONCALL|@oncall>", "/ack A12 @oncall"),
        ("12?", "/ack A12"),
        ("a 12.", "/ack A12"),
        ("12 please", "/ack A12"),
        ("Alert12 pls!", "/ack A12"),
        ("take12", "/ack A12"),
        ("#12 🙏", "/ack A12"),
        ("ALERT NR. 12", "/ack A12"),
        ("I’ll take 12", "/ack A12"),
        ("looking at 12", "/ack A12"),
        ("12 on it", "/ack A12"),
        ("take over alert 12 pls", "/ack A12 over"),
        ("Give 12 back", "/ack A12 back"),
        ("hand 12 over to <@U0BOB>", "/ack A12 @Bob Example"),
        ("<@U0BOB> 12", "/ack A12 @Bob Example"),
    ],
)
def test_a_number_and_nothing_that_could_be_a_note_is_asked_about(world: LogWorld, line: str, typed_instead: str) -> None:
    with pytest.raises(UserError) as refused:
        typed(world, *line.split())

    assert str(refused.value) == f"Did you mean `{typed_instead}`? Nothing was changed."
    assert owner(world) == ""


@pytest.mark.parametrize(
    ("line", "theirs", "others"),
    [
        ("1 is the disk", "/ack A1 …", "/ack A2 …"),
        ("looking at 1 node", "/ack A1 …", "/ack A2 …"),
        ("same trouble as (1), 2 nodes", "/ack A1 …", "/ack A2 …"),
        ("A 1: disk", "/ack A1 …", "/ack A2 …"),
        ("a1it is the disk", "/ack A1 …", "/ack A2 …"),
        ("A1.disk", "/ack A1 …", "/ack A2 …"),
        ("I will look at A1, too", "/ack A1 …", "/ack A2 …"),
        ("note 1 is the disk", "/ack A1 note …", "/ack A2 note …"),
        ("<@U0BOB> please look at A1", "/ack A1 @Bob Example …", "/ack A2 @Bob Example …"),
        ("<@U0BOB> look at 1 please", "/ack A1 @Bob Example …", "/ack A2 @Bob Example …"),
    ],
)
def test_a_number_in_a_note_is_asked_about_where_it_may_be_an_alert(world: LogWorld, line: str, theirs: str, others: str) -> None:
    world.fire_elsewhere()
    asked = f"Do you mean the alert `A1`? Then type `{theirs}`, else `{others}`. Nothing was changed."

    with pytest.raises(UserError) as refused:
        typed(world, *line.split())
    assert str(refused.value) == asked

    world.alerts.resolve("A1", "U0RIA")
    with pytest.raises(UserError) as refused:
        typed(world, *line.split())
    assert str(refused.value) == asked, "it has only just ended"

    world.clock.advance(timedelta(days=1))
    assert "A2" in typed(world, *line.split())


@pytest.mark.parametrize(
    "note",
    [
        "looking at 3 nodes",
        "rolled back 2 pods",
        "a 500 again",
        "db 2 is full, 95 % since 12:30",  # A2 would be taken either way
        "back in 1 min",
        "disk at 1 %",
        "snooze is broken in the ui since noon",
        "close to the limit again",
        "resolve 3 min outage of 12",
    ],
)
def test_numbers_that_are_no_other_alert_stay_in_the_note(world: LogWorld, note: str) -> None:
    world.fire_elsewhere()

    assert typed(world, *note.split()).startswith("`A2` is yours: 1 error in web.")
    assert world.alerts.get("A2").note == note


def test_in_an_alerts_thread_a_note_may_hold_any_number(world: LogWorld) -> None:
    thread_ts = world.ts_of("A1")
    world.alerts.resolve(world.fire_elsewhere(), "U0BOB")
    world.fire_elsewhere()

    typed(world, "looking", "at", "2", "nodes", thread_ts=thread_ts)

    assert (world.alerts.get("A1").note, owner(world), owner(world, "A3")) == ("looking at 2 nodes", "U0ANN", "")
    with pytest.raises(UserError, match="Did you mean `/ack A2`"):
        typed(world, "2", thread_ts=thread_ts)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("A1,on it", ""),
        ("Ａ１，on it", ""),
        ("A1 👍", ""),
        ("A1 :eyes: pls", ""),
        ("a1??", ""),
        ("alert no. A1", ""),
        ("Take A1 thx", ""),
        ("pls take A1 🙏", ""),
        ("A1 - disk", "disk"),
        ("A1 : looking at 3 nodes", "looking at 3 nodes"),
        ("A1,disk", "disk"),
        ("_A1_ the 2 disks 🔥", "the 2 disks 🔥"),
        ("A1 close to the limit of 30 GB", "close to the limit of 30 GB"),
        ("A1 closer look at 2", "closer look at 2"),
        ("OVER A1!!", ""),
    ],
)
def test_a_named_alert_is_taken_however_tired_whoever_types_is(world: LogWorld, line: str, note: str) -> None:
    world.fire_elsewhere()

    assert typed(world, *line.split()) == "`A1` is yours: 2 errors in api."
    assert (world.alerts.get("A1").note, owner(world, "A2")) == (note, "")


@pytest.mark.parametrize("line", ["1 and 2", "A1 2", "A1, A2", "A1/A2", "a1+a2 pls", "everything pls"])
def test_of_several_alerts_none_is_taken(world: LogWorld, line: str) -> None:
    world.fire_elsewhere()

    with pytest.raises(UserError, match=r"^I take one alert at a time. Nothing was changed.$"):
        typed(world, *line.split())

    assert (owner(world), owner(world, "A2")) == ("", "")


@pytest.mark.parametrize(
    ("line", "said"), [("?", "takes an alert"), ("help pls", "takes an alert"), ("pls @oncall", "@oncall is no person")]
)
def test_what_is_only_polite_hides_no_mistake(world: LogWorld, line: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        typed(world, *line.split())

    assert owner(world) == ""


@pytest.mark.parametrize(
    ("line", "to"), [("A1<@U0BOB>", "U0BOB"), ("pls <@U0BOB>,", "U0BOB"), ("A1 to <@U0BOB> pls", "U0BOB"), ("Over pls 🙏", "U0ANN")]
)
def test_it_changes_hands_in_polite_words_too(world: LogWorld, line: str, to: str) -> None:
    typed(world, *line.split())

    assert owner(world) == to


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
