"""Contract of the outbox."""

import itertools
from datetime import timedelta
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.journal import SqlJournal
from bot.adapters.journal.outbox import KEEP_QUESTIONS
from bot.core.markup import md
from bot.ports.chat import Whisper
from bot.ports.journal import Backlog, OutboxRow, OutboxState, Patience, PostedMessage

from .values import NOON, StillClock, after, message, row


def put(journal: SqlJournal, *rows: OutboxRow) -> None:
    with journal.begin() as tx:
        for each in rows:
            tx.outbox.put(each, NOON)


def take(journal: SqlJournal, channel: str = "C1") -> OutboxRow:
    """Take a row as a sender does: it is being sent from now on."""
    with journal.begin() as tx:
        taken = tx.outbox.next(channel)
        assert taken is not None
        tx.outbox.sending(taken.id)
    return taken


def send(journal: SqlJournal, channel: str = "C1", ts: str = "1.0") -> OutboxRow:
    taken = take(journal, channel)
    with journal.begin() as tx:
        tx.outbox.sent(taken, ts, after(1))
    return taken


def waiting(journal: SqlJournal, channel: str = "C1") -> list[str]:
    """Send what is there, and return its texts in order."""
    texts: list[str] = []
    while True:
        with journal.read() as tx:
            if tx.outbox.next(channel) is None:
                return texts
        texts.append(send(journal, channel).message.text)


def test_a_row_comes_back_whole_with_a_key_of_its_own(journal: SqlJournal) -> None:
    put(journal, row(md("*done*"), story="operation:1", thread_of="operation:0", thread_ts="9.1"), row("other"))
    with journal.read() as tx:
        first = tx.outbox.next("C1")
    assert first is not None
    assert first.message == message(md("*done*"))
    assert (first.story, first.thread_of, first.thread_ts, first.whisper) == ("operation:1", "operation:0", "9.1", None)
    assert (first.state, first.attempts, first.created_at) == (OutboxState.PENDING, 0, NOON)
    assert len(first.key) == 16
    send(journal)
    assert take(journal).key != first.key


def test_rows_of_a_channel_leave_in_the_order_they_came(journal: SqlJournal) -> None:
    put(journal, row("1"), row("2", story="s"), row("elsewhere", channel="C2"), row("3"))
    assert waiting(journal) == ["1", "2", "3"]
    assert waiting(journal, "C2") == ["elsewhere"]


def test_channels_with_something_to_send_are_named_the_longest_waiting_first(journal: SqlJournal) -> None:
    put(journal, row("1", channel="C9"), row("2", channel="C1"), row("3", channel="C9"), row("4", channel="C5"))
    send(journal, "C1")
    take(journal, "C5")
    with journal.read() as tx:
        assert tx.outbox.pending_channels() == ["C9", "C5"]


def test_a_new_state_of_a_story_takes_the_place_of_the_one_still_waiting(journal: SqlJournal) -> None:
    put(journal, row("queued", story="operation:1"), row("between"), row("running", story="operation:1"), row("done", story="operation:1"))
    assert waiting(journal) == ["done", "between"]


def test_rows_without_a_story_are_never_merged(journal: SqlJournal) -> None:
    put(journal, row("1"), row("2"), row("3", story="s1"), row("4", story="s2"))
    assert waiting(journal) == ["1", "2", "3", "4"]


def test_a_row_that_is_being_sent_is_not_touched(journal: SqlJournal) -> None:
    put(journal, row("queued", story="s"))
    taken = take(journal)
    put(journal, row("running", story="s"), row("done", story="s"))

    with journal.read() as tx:
        again = tx.outbox.next("C1")
    assert again is not None
    assert (again.id, again.message, again.key) == (taken.id, message("queued"), taken.key)
    assert waiting(journal) == ["queued", "done"]


def test_a_row_that_was_being_sent_at_a_crash_comes_first(journal: SqlJournal) -> None:
    put(journal, row("1"), row("2"))
    first = take(journal)
    with journal.begin() as tx:
        tx.outbox.retry(first.id)
    put(journal, row("3"))
    with journal.begin() as tx:
        tx.outbox.sending(first.id + 1)

    with journal.read() as tx:
        found = tx.outbox.next("C1")
    assert found is not None
    assert (found.message, found.state, found.attempts) == (message("2"), OutboxState.SENDING, 1)


def test_a_row_put_back_keeps_its_place_and_its_key_and_the_try_that_never_left_is_not_counted(journal: SqlJournal) -> None:
    put(journal, row("1"), row("2"))
    first = take(journal)
    with journal.begin() as tx:
        tx.outbox.retry(first.id)
    again = take(journal)
    assert (again.id, again.key, again.attempts, again.state) == (first.id, first.key, 0, OutboxState.PENDING)
    with journal.read() as tx:
        found = tx.outbox.next("C1")
    assert found is not None
    assert found.attempts == 1


def test_a_row_that_was_never_marked_as_tried_is_put_back_as_it_is(journal: SqlJournal) -> None:
    put(journal, row("1"))
    with journal.begin() as tx:
        first = tx.outbox.next("C1")
        assert first is not None
        tx.outbox.retry(first.id)
        again = tx.outbox.next("C1")
    assert again == first


def test_a_row_put_back_takes_over_the_newer_state_that_waited_behind_it(journal: SqlJournal) -> None:
    put(journal, row("queued", story="s"))
    taken = take(journal)
    put(journal, row("between"), row("running", story="s"))
    with journal.begin() as tx:
        tx.outbox.retry(taken.id)
    put(journal, row("done", story="s"))
    assert waiting(journal) == ["done", "between"]


def test_where_a_story_stands_is_known_once_it_was_sent(journal: SqlJournal) -> None:
    put(journal, row("queued", story="operation:1"))
    with journal.read() as tx:
        assert tx.outbox.posted("operation:1") is None
        assert tx.outbox.story_at("C1", "1.5") == ""
    send(journal, ts="1.5")
    with journal.read() as tx:
        assert tx.outbox.posted("operation:1") == PostedMessage("operation:1", "C1", "1.5")
        assert tx.outbox.story_at("C1", "1.5") == "operation:1"
        assert tx.outbox.story_at("C2", "1.5") == ""

    put(journal, row("elsewhere", story="operation:1", channel="C2"))
    send(journal, "C2", ts="2.5")
    with journal.read() as tx:
        assert tx.outbox.posted("operation:1") == PostedMessage("operation:1", "C2", "2.5")
        assert tx.outbox.story_at("C1", "1.5") == ""


def test_a_story_is_being_posted_until_it_is_known_where_it_stands(journal: SqlJournal) -> None:
    def is_posting(channel: str = "C1") -> bool:
        with journal.read() as tx:
            return tx.outbox.is_posting(channel)

    put(journal, row("no story"))
    take(journal)
    assert not is_posting()

    put(journal, row("queued", story="operation:1", channel="C2"))
    assert not is_posting("C2"), "it waits for its turn"
    taken = take(journal, "C2")
    assert is_posting("C2")
    assert not is_posting()
    send_it(journal, taken)
    assert not is_posting("C2")

    put(journal, row("done", story="operation:1", channel="C2"))
    take(journal, "C2")
    assert not is_posting("C2"), "an edit: its place is known"


def test_a_whisper_waits_in_a_lane_of_its_person_behind_no_post_of_its_channel(journal: SqlJournal) -> None:
    here = Whisper("U1", channel="C1", thread_ts="1.2", response_url="https://hooks.slack.com/commands/1")
    put(journal, row("post"), row("here", whisper=here), row("direct", channel="", whisper=Whisper("U2")))
    with journal.read() as tx:
        assert tx.outbox.pending_channels() == ["C1", "@U1 C1", "@U2"]
        found, direct = tx.outbox.next("@U1 C1"), tx.outbox.next("@U2")
    assert found is not None
    assert direct is not None
    assert found.whisper == here
    assert direct.whisper == Whisper("U2")
    send(journal, "@U2", ts="")
    with journal.read() as tx:
        assert tx.outbox.story_at("@U2", "") == ""


def test_a_row_on_which_slack_breaks_steps_aside_with_its_story_and_its_thread(journal: SqlJournal, clock: StillClock) -> None:
    patience = Patience(attempts=2, again_every=timedelta(minutes=2))

    def following() -> OutboxRow | None:
        with journal.begin() as tx:
            return tx.outbox.next("C1", patience)

    put(journal, row("running", story="operation:1"), row("into its thread", thread_of="operation:1"), row("of another"))
    first = take(journal)
    assert take(journal).id == first.id, "as long as it has not stepped aside, it holds its channel"
    put(journal, row("done", story="operation:1"))

    passes = following()
    assert passes is not None
    assert passes.message == message("of another")
    send_it(journal, passes)
    assert following() is None
    with journal.read() as tx:
        assert tx.outbox.pending_channels() == ["C1"], "its channel is still looked at"

    clock.at = after(2)
    again = following()
    assert again is not None
    assert (again.id, again.key, again.message, again.attempts) == (first.id, first.key, message("done"), 2), "the newest state, once"
    send_it(journal, again, "1.5")
    last = following()
    assert last is not None
    assert last.message == message("into its thread")
    send_it(journal, last)
    assert following() is None


def send_it(journal: SqlJournal, taken: OutboxRow, ts: str = "1.0") -> None:
    with journal.begin() as tx:
        tx.outbox.sent(taken, ts, after(1))


def test_a_failed_row_is_never_sent_and_lets_the_next_pass(journal: SqlJournal) -> None:
    put(journal, row("1", story="s"), row("2"))
    first = take(journal)
    with journal.begin() as tx:
        tx.outbox.failed(first.id, "channel_not_found", after(1))
    put(journal, row("3", story="s"))
    assert waiting(journal) == ["2", "3"]


def test_where_a_question_stands_is_forgotten_long_after_it_was_asked(journal: SqlJournal) -> None:
    for story in ("question:a7:1", "questions", "alert:a7"):
        put(journal, row(story, story=story))
        sent = take(journal)
        with journal.begin() as tx:
            tx.outbox.sent(sent, story, after(1))
    with journal.begin() as tx:
        tx.outbox.prune(before=after(1) + KEEP_QUESTIONS)
        assert tx.outbox.posted("question:a7:1")
        assert tx.outbox.prune(before=after(2) + KEEP_QUESTIONS) == 1
        assert tx.outbox.posted("question:a7:1") is None
        assert tx.outbox.posted("questions")
        assert tx.outbox.posted("alert:a7")


def test_ended_rows_are_forgotten_but_not_where_their_stories_stand(journal: SqlJournal) -> None:
    put(journal, row("1", story="s"), row("2"), row("3"))
    send(journal, ts="1.5")
    failing = take(journal)
    with journal.begin() as tx:
        tx.outbox.failed(failing.id, "gone", after(1))
    with journal.begin() as tx:
        assert tx.outbox.prune(before=after(1)) == 0
        assert tx.outbox.prune(before=after(2)) == 2
    with journal.read() as tx:
        assert tx.outbox.posted("s") == PostedMessage("s", "C1", "1.5")
    assert waiting(journal) == ["3"]


Step = tuple[Literal["put"], str] | tuple[Literal["send", "retry", "crash"], None]
steps = st.lists(
    st.tuples(st.just("put"), st.sampled_from(["", "a", "b"])) | st.tuples(st.sampled_from(["send", "retry", "crash"]), st.none()),
    max_size=30,
)
lanes = itertools.count()


@given(steps=steps)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_last_state_of_each_story_is_seen_last_and_nothing_else_is_lost(
    journal: SqlJournal, steps: list[Step]
) -> None:
    channel = f"C{next(lanes)}"
    last: dict[str, str] = {}
    posts: list[str] = []
    seen: list[tuple[str, str]] = []

    for number, (what, story) in enumerate(steps):
        if what == "put":
            assert story is not None
            text, key = str(number), story and f"{channel}-{story}"
            put(journal, row(text, channel=channel, story=key))
            if key:
                last[key] = text
            else:
                posts.append(text)
            continue
        with journal.read() as tx:
            if tx.outbox.next(channel) is None:
                continue
        taken = take(journal, channel)
        with journal.begin() as tx:
            if what == "send":
                tx.outbox.sent(taken, "1.0", NOON)
                seen.append((taken.story, taken.message.text))
            elif what == "retry":
                tx.outbox.retry(taken.id)
    while True:
        with journal.read() as tx:
            if tx.outbox.next(channel) is None:
                break
        taken = send(journal, channel)
        seen.append((taken.story, taken.message.text))

    assert [text for story, text in seen if not story] == posts
    assert {story: text for story, text in seen if story} == last
    for key in last:
        told = [int(text) for story, text in seen if story == key]
        assert told == sorted(set(told))


def test_the_backlog_is_what_has_not_ended_and_since_when(journal: SqlJournal) -> None:
    with journal.read() as tx:
        assert tx.outbox.backlog() == Backlog(0, None)
    put(journal, row("first"), row("second"))

    with journal.read() as tx:
        both = tx.outbox.backlog()
        oldest = tx.outbox.next("C1")
    assert oldest
    assert both == Backlog(2, oldest.created_at)
    send(journal)
    with journal.read() as tx:
        assert tx.outbox.backlog().rows == 1
