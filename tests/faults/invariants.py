"""What must hold after any story, however it went: read from the sandbox's record, from what people see, and from the journal."""

from collections import Counter
from typing import Any

from bot.core.operation_buttons import GIVE_UP
from bot.core.operation_words import STATE_EMOJI
from bot.core.operations import OperationState
from tests.faults.world import BOT, Scene

Json = dict[str, Any]
OPS = "C0OPS"
ALERTS = "C0ALERTS"


def broken(scene: Scene) -> list[str]:
    """Return what does not hold, in sentences; nothing when all is well."""
    operations = scene.world.journal.operations(scene.mark)
    return [
        *dispatches(scene, operations),
        *stories(scene, operations),
        *alerts(scene),
        *threads(scene),
        *whispers(scene),
        *journal(scene),
    ]


def dispatches(scene: Scene, operations: list[Json]) -> list[str]:
    """For each acked request exactly one accepted dispatch, or none and the person was told; no dispatch without an acked request."""
    found = []
    runs = [run for op in {scene.service} for run in scene.sandbox.repo(f"acme/{op}")["runs"]]
    taken = [what for what, was_taken in scene.requests if what == "release" and was_taken]
    ended_badly = [op for op in operations if op["state"] in ("failed", "cancelled", "rejected", "expired", "unknown")]
    if len(runs) > 1:
        found.append(f"{len(runs)} runs were dispatched")
    if len(operations) > 1:
        found.append(f"{len(operations)} operations for one request")
    if taken and not runs and not ended_badly and len(scene.told()) <= scene.told_before:
        found.append("an acked release was neither dispatched nor was the person told")
    if runs and not taken and not _acked_by_us(scene):
        found.append("dispatched although no request was acked: the person saw a failure")
    if ("question", True) in scene.requests and not scene.told():
        found.append("a question was acked and never answered")
    if ("form", True) in scene.requests and len(scene.requests) == 1 and not (scene.told() or scene.ann.notices or _has_filled_form(scene)):
        found.append("the form that was asked for never came, and the person was not told")
    if runs and ended_badly and ended_badly[0]["state"] != "unknown" and runs[0]["conclusion"] == "success":
        found.append(f"the run succeeded, but the operation is {ended_badly[0]['state']}")
    return found


def _has_filled_form(scene: Scene) -> bool:
    """Say whether the form of this story is open and can be sent: a daemon that is killed after it filled it may have nothing more to say."""
    fields = [block.get("block_id", "") for modal in scene.ann.modals for block in modal["blocks"]]
    return any(field.startswith(f"version:{scene.service}:") for field in fields)


def _acked_by_us(scene: Scene) -> bool:
    """Say whether the daemon sent an ack that never reached Slack's logic: it can't tell that from one that did."""
    frames = scene.sandbox.record(side="socket", since=scene.since)
    asked = {e["body"]["envelope_id"] for e in frames if e["method"] == "out" and _asks_for_release(e)}
    return any(e["call"] == "ack" and e["body"].get("envelope_id") in asked for e in frames)


def _asks_for_release(entry: Json) -> bool:
    if entry["call"] == "slash_commands":
        return len(entry["body"]["payload"]["text"].split()) > 1
    return bool(entry["call"] == "interactive" and entry["body"]["payload"]["type"] == "view_submission")


def stories(scene: Scene, operations: list[Json]) -> list[str]:
    """One parent message for each operation, in its right last state; every operation at its end or visibly waiting for a person."""
    found = []
    rows = scene.world.journal.outbox(scene.mark)
    for operation in operations:
        state = OperationState(operation["state"])
        cards = [m for m in scene.parents(OPS) if f"`{operation['id']}`" in str(m)]
        if len(cards) != 1:
            found.append(f"operation {operation['id']} ({state}) has {len(cards)} parent messages")
            continue
        if not cards[0]["text"].startswith(STATE_EMOJI[state]):
            found.append(f"the operation is {state}, its message says: {cards[0]['text']}")
        last = [row["text"] for row in rows if row["story"] == f"operation:{operation['id']}"][-1:]
        if last and last != [cards[0]["text"]]:
            found.append(f"the message shows {cards[0]['text']!r}, the last that was to be shown is {last[0]!r}")
        if state is OperationState.UNKNOWN and GIVE_UP not in str(cards[0]):
            found.append("the outcome is unknown, and there is no button for it")
        elif operation["finished_at"] is None and state is not OperationState.UNKNOWN:
            found.append(f"the operation is still {state}")
    return found


def alerts(scene: Scene) -> list[str]:
    """Every line counted once, one alert and one message for all windows with errors, and taken when the person was told that they took it."""
    if not scene.lines:
        return []
    found = []
    windows = [window for window in scene.world.journal.windows(scene.mark) if window["errors"]]
    counted = sum(window["errors"] for window in windows)
    if counted != scene.lines:
        found.append(f"{scene.lines} errors were written, {counted} were counted")
    opened = scene.world.journal.alerts(scene.mark)
    messages = scene.parents(ALERTS)
    if not len(opened) == len(messages) == min(len(windows), 1):
        found.append(f"{len(windows)} windows with errors, {len(opened)} alerts, {len(messages)} messages")
    taken = [alert for alert in opened if alert["state"] == "acknowledged"]
    if ("ack", True) in scene.requests and not taken and not scene.told():
        found.append("an alert was taken, nobody has it, and nobody was told")
    shown = [m for m in messages if "'action_id': 'ack'" not in str(m)]
    if len(shown) != len(taken):
        found.append(f"{len(taken)} alerts are taken, {len(shown)} messages say so")
    return found


def threads(scene: Scene) -> list[str]:
    """No message twice, in no thread and not beside it."""
    said = Counter((m["channel"], m.get("thread_ts") or "", m["text"]) for m in scene.fresh() if m["user"] == BOT and not m["ephemeral_to"])
    return [f"said {count} times in {channel}: {text}" for (channel, _, text), count in said.items() if count > 1]


def whispers(scene: Scene) -> list[str]:
    """What is for one person alone can't be found again when its answer was lost: it may be said twice, for each time that happened, never more."""
    said = Counter(m["text"] for m in scene.told())
    return [f"told {count} times: {text}" for text, count in said.items() if count > 2]


def journal(scene: Scene) -> list[str]:
    """Nothing is left undone, nothing was given up, and the audit chain holds."""
    found = [
        f"the envelope {entry['kind']} {entry['name']} is still {entry['state']}" for entry in scene.world.journal.unfinished(scene.mark)
    ]
    rows = scene.world.journal.outbox(scene.mark)
    found += [f"a message is still {row['state']}: {row['text']}" for row in rows if row["ended_at"] is None]
    found += [f"a message was given up ({row['error']}): {row['text']}" for row in rows if row["state"] == "failed"]
    place = scene.world.journal.break_of_chain()
    if place is not None:
        found.append(f"the audit chain is broken: {place}")
    return found
