"""An alert in the workspace: every way to take it, hand it on, silence it and end it, as people do it in Slack."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.testing import Workspace
from sandbox.person import Person

Json = dict[str, Any]
ALERTS = "C0ALERTS"
WORDS = [f"{a}{b}ing" for a in ("flood", "storm", "burn", "leak", "freez", "crack") for b in ("", "mill", "farm", "shop", "yard", "wall")]


def line_of(word: str) -> str:
    """Return a kind of its own: lines that differ in one word only are one family, and its further words are not new."""
    return f"{word} {word}ly in the {word[::-1]} cellar"


numbers = count()


def is_open(message: Json) -> bool:
    return "'action_id': 'resolve'" in str(message)


def open_message(workspace: Workspace) -> Json | None:
    return next((m for m in workspace.sandbox.ria.sees(ALERTS) if is_open(m)), None)


@pytest.fixture
def alert(shared: Workspace) -> Iterator[Json]:
    """Give the message of a fresh alert, and resolve it afterwards."""
    shared.wait_watching()
    word = WORDS[next(numbers)]
    with (shared.logs / "api.log").open("a") as log:
        log.write(f"ERROR {line_of(word)}\n" * 2)
    yield {**shared.sandbox.ria.waits_for(line_of(word), ALERTS, timeout_s=20), "word": word}
    if left := open_message(shared):
        shared.sandbox.ria.clicks(left, "Resolve")
        shared.sandbox.wait_until(lambda: open_message(shared) is None, what="the alert to end")


def now(workspace: Workspace, alert: Json) -> Json:
    """Return the message as it stands."""
    return next(m for m in workspace.sandbox.ria.sees(ALERTS) if m["ts"] == alert["ts"])


def says(workspace: Workspace, alert: Json, words: str) -> None:
    sandbox = workspace.sandbox
    sandbox.wait_until(lambda: words in sandbox.ria.reads(now(workspace, alert)), what=f"the alert to say {words!r}")


def tells(workspace: Workspace, alert: Json, words: str) -> None:
    ria = workspace.sandbox.ria
    workspace.sandbox.wait_until(lambda: words in str(ria.sees_thread(now(workspace, alert))), what=f"the thread to say {words!r}")


def id_of(workspace: Workspace, alert: Json) -> str:
    return str(alert["blocks"][-1]["block_id"]).partition(":")[2]


WAYS: dict[str, Callable[[Person, Json], object]] = {
    "the button": lambda ann, alert: ann.clicks(alert, "Acknowledge"),
    "/ack": lambda ann, _alert: ann.types("/ack", ALERTS),
    "a mention": lambda ann, _alert: ann.types("@bot ack", ALERTS),
    "a reaction": lambda ann, alert: ann.reacts(alert, "eyes"),
    "a word in the thread": lambda ann, alert: ann.replies(alert, "On it!"),
    "a mention in the thread": lambda ann, alert: ann.replies(alert, "@bot on it"),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_taken_in_any_natural_way(shared: Workspace, alert: Json, way: str) -> None:
    WAYS[way](shared.sandbox.ann, alert)

    says(shared, alert, "Acknowledged by ann")
    assert "🟠" in shared.sandbox.ria.reads(now(shared, alert))


def test_taking_the_eyes_off_or_saying_so_gives_it_back(shared: Workspace, alert: Json) -> None:
    ann = shared.sandbox.ann
    ann.reacts(alert, "eyes")
    says(shared, alert, "Acknowledged by ann")
    ann.unreacts(alert, "eyes")
    says(shared, alert, "nobody has it yet")
    ann.replies(alert, "on it")
    says(shared, alert, "Acknowledged by ann")
    ann.replies(alert, "give back")
    says(shared, alert, "nobody has it yet")


def test_it_is_handed_to_somebody_who_is_told(shared: Workspace, alert: Json) -> None:
    shared.sandbox.ann.types("/ack @bob it is the database", ALERTS)

    says(shared, alert, "Acknowledged by bob")
    tells(shared, alert, "<@U0BOB> ann handed this to you. *checkout-api*: 2 errors")
    assert "it is the database" in shared.sandbox.bob.reads(now(shared, alert))


def test_who_comes_second_is_told_whose_it_is_and_can_take_it_over(shared: Workspace, alert: Json) -> None:
    ann, bob = shared.sandbox.ann, shared.sandbox.bob
    ann.clicks(alert, "Acknowledge")
    says(shared, alert, "Acknowledged by ann")
    bob.types(f"/ack {id_of(shared, alert)}", ALERTS)
    answer = bob.waits_for("Take it over", ALERTS)
    assert "ann has it since" in bob.reads(answer)
    assert answer["ephemeral_to"] == bob.id

    bob.clicks(answer, "Take it over")

    says(shared, alert, "Acknowledged by bob")
    tells(shared, alert, "<@U0ANN> bob took this over from you.")


def test_who_wants_to_take_one_where_somebody_else_has_all_can_take_it_over(shared: Workspace, alert: Json) -> None:
    ann, bob = shared.sandbox.ann, shared.sandbox.bob
    ann.clicks(alert, "Acknowledge")
    says(shared, alert, "Acknowledged by ann")
    bob.types("/ack", ALERTS)

    bob.clicks(bob.waits_for("Nobody needs to take an alert", ALERTS), "Take it over")

    says(shared, alert, "Acknowledged by bob")


def test_who_comes_second_by_a_word_in_the_thread_can_take_it_over_there(shared: Workspace, alert: Json) -> None:
    ann, bob = shared.sandbox.ann, shared.sandbox.bob
    ann.clicks(alert, "Acknowledge")
    says(shared, alert, "Acknowledged by ann")
    bob.replies(alert, "on it")

    def answer() -> Json | None:
        return next((m for m in bob.sees_thread(alert) if "ann has it since" in bob.reads(m)), None)

    shared.sandbox.wait_until(answer, what="bob to be told whose it is")
    bob.clicks(now(shared, alert), "Snooze…")  # in the channel, where the answer must be seen, too
    refused = bob.waits_for("take it over before you snooze it", ALERTS)
    assert "thread_ts" not in refused
    bob.clicks(answer() or {}, "Take it over")

    says(shared, alert, "Acknowledged by bob")


def test_a_note_stands_in_the_message(shared: Workspace, alert: Json) -> None:
    shared.sandbox.ann.types("/ack note restarted <db-3> & waiting", ALERTS)

    says(shared, alert, "📝 ann: restarted <db-3> & waiting")
    assert "nobody has it yet" in shared.sandbox.ria.reads(now(shared, alert))


def test_a_snooze_shows_what_it_would_have_muted_before_it_is_confirmed(shared: Workspace, alert: Json) -> None:
    ann = shared.sandbox.ann
    ann.clicks(alert, "Snooze…")
    form = ann.waits_for_modal()
    shown = ann.reads(form)
    assert "In the last 24 hours this would have muted" in shown
    assert "error" in shown
    assert "nobody has it yet" in ann.reads(now(shared, alert))

    assert ann.submits({"length": "4h"}) == {}

    says(shared, alert, "Snoozed by ann until")
    assert "⚪" in ann.reads(now(shared, alert))
    ann.clicks(now(shared, alert), "End the snooze")
    says(shared, alert, "nobody has it yet")


def test_a_snooze_until_a_time_of_day_ends_then_where_whoever_typed_it_lives(shared: Workspace, alert: Json) -> None:
    ann, alert_id = shared.sandbox.ann, id_of(shared, alert)
    ann.types(f"/ops snooze {alert_id} until 9:00", ALERTS)
    preview = ann.waits_for(f"Snooze {alert_id} until", ALERTS)
    (text,) = re.findall(rf"Snooze {alert_id} until \w{{3}} 09:00", str(preview["text"]))
    ann.clicks(preview, text)

    says(shared, alert, "Snoozed by ann until")
    (until,) = re.findall(r"Snoozed by ann until <!date\^(\d+)", str(now(shared, alert)))
    assert f"{datetime.fromtimestamp(int(until), ZoneInfo('Europe/Berlin')):%a %H:%M}" == text[-9:]


def test_what_was_resolved_is_back_in_a_message_of_its_own(shared: Workspace, alert: Json) -> None:
    ria = shared.sandbox.ria
    ria.clicks(alert, "Resolve")
    says(shared, alert, "Resolved")
    assert "✅" in ria.reads(now(shared, alert))
    ria.types("/ops scan checkout-api")  # what is written now comes in a window that begins behind the resolve, so that it is back
    ria.waits_for("no errors")

    with (shared.logs / "api.log").open("a") as log:
        log.write(f"ERROR {line_of(alert['word'])}\n")

    back = ria.waits_for("BACK", ALERTS, timeout_s=20)
    assert back["ts"] != alert["ts"]
    shown = ria.reads(back)
    assert f"↩️ Told before in `{id_of(shared, alert)}`, which was resolved " in shown
    assert "(by ria)" in shown


def test_what_comes_in_the_quarter_of_an_hour_after_a_resolve_is_back(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    workspace.toml = workspace.toml.replace('every = "1s"', 'every = "15m"')
    ria = workspace.start().sandbox.ria
    workspace.wait_watching()

    def fails_and_is_looked_at() -> None:
        with (workspace.logs / "api.log").open("a") as log:
            log.write("ERROR the cellar is flooded\n")
        ria.types("/ops scan checkout-api")

    fails_and_is_looked_at()
    told = ria.waits_for("the cellar is flooded", ALERTS, timeout_s=20)
    looks = workspace.log().count("watch.scanned")

    ria.clicks(told, "Resolve")

    workspace.sandbox.wait_until(lambda: workspace.log().count("watch.scanned") > looks, what="the watch to look by itself", timeout_s=20)
    fails_and_is_looked_at()
    ria.waits_for("BACK", ALERTS, timeout_s=20)


def test_watches_look_when_a_release_begins_and_when_it_ended(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    workspace.toml = workspace.toml.replace('every = "1s"', 'every = "15m"')
    bob = workspace.start().sandbox.bob
    workspace.wait_watching()

    bob.types("/release checkout 1.5.0 production")
    bob.waits_for("`v1.5.0` is live in *production*", "C0OPS", timeout_s=60)

    workspace.sandbox.wait_until(lambda: workspace.log().count("watch.scanned") == 3, what="two more looks", timeout_s=20)
    (workspace.logs / "api.log").write_text("ERROR the cart is a turtle\n")
    bob.types("/ops scan checkout-api")
    told = bob.reads(bob.waits_for("the cart is a turtle", ALERTS, timeout_s=20))
    assert "after checkout v1.5.0 reached production" in told.replace("`", "")


def test_ten_people_at_once_make_one_owner_and_one_message(shared: Workspace, alert: Json) -> None:
    sandbox = shared.sandbox
    people = [sandbox.ann, sandbox.bob, sandbox.ria, sandbox.dana] * 3
    deeds: list[Callable[[Person], object]] = [
        lambda person: person.clicks(alert, "Acknowledge"),
        lambda person: person.replies(alert, "on it"),
        lambda person: person.types("/ack", ALERTS),
    ]
    with ThreadPoolExecutor(len(people)) as crowd:
        list(crowd.map(lambda n: deeds[n % 3](people[n]), range(len(people))))

    says(shared, alert, "Acknowledged by")
    owner = sandbox.ria.reads(now(shared, alert)).partition("Acknowledged by ")[2].split()[0]
    assert owner in {person.name for person in people}
    assert len([m for m in sandbox.ria.sees(ALERTS) if is_open(m)]) == 1


def test_someone_of_another_company_takes_nothing(shared: Workspace, alert: Json) -> None:
    shared.sandbox.channel(ALERTS, add=["U0EVE"])
    shared.sandbox.eve.clicks(alert, "Acknowledge")
    shared.sandbox.eve.waits_for("other", ALERTS)

    assert "nobody has it yet" in shared.sandbox.ria.reads(now(shared, alert))
