"""`/ops timeline`: what happened, page by page, with links, and as files in a thread."""

import json
from typing import Any
from urllib.request import urlopen

from bot.testing import Workspace

Json = dict[str, Any]


def buttons(message: Json) -> list[str]:
    return [element["text"]["text"] for block in message.get("blocks", []) if block["type"] == "actions" for element in block["elements"]]


def timeline_of(workspace: Workspace, words: str) -> Json:
    """Ask ann's way, and return the answer to this question alone."""
    ann = workspace.sandbox.ann
    before = {message["ts"] for message in ann.sees("C0OPS")}
    ann.types(f"/ops timeline {words}")

    def answer() -> Json | None:
        return next((m for m in ann.sees("C0OPS") if m["ts"] not in before and m["ephemeral_to"] == ann.id), None)

    return workspace.sandbox.wait_until(answer, what=f"the timeline {words}") or {}


def test_a_release_its_people_and_the_start_are_in_one_list_with_links(shared: Workspace) -> None:
    sandbox = shared.sandbox
    sandbox.bob.types("/release checkout 1.5.0 staging")
    sandbox.bob.waits_for("is live in", channel="C0OPS", timeout_s=40)
    shown = timeline_of(shared, "")
    lines = sandbox.ann.reads(shown).split("\n")
    assert lines[0] == "*Timeline of all services*"
    assert "✅ checkout v1.5.0 → staging (" in lines[1]
    assert lines[1].endswith("release succeeded · GitHub")
    assert "/archives/C0OPS/p" in lines[1]
    assert any(line.endswith("release asked for · bob") for line in lines)
    assert any("🟢 *chatopsd* started: " in line for line in lines)

    assert "*chatopsd*" not in sandbox.ann.reads(timeline_of(shared, "checkout"))
    of_bob = sandbox.ann.reads(timeline_of(shared, "by @bob"))
    assert "asked for · bob" in of_bob
    assert "*chatopsd*" not in of_bob
    assert "Nothing happened." in sandbox.ann.reads(timeline_of(shared, "search since 1h"))
    assert "Nothing happened." in sandbox.ann.reads(timeline_of(shared, "since 2020-01-01 until 2020-01-02"))
    refused = sandbox.ann.reads(timeline_of(shared, "chekout"))
    assert "There is no service chekout. Did you mean checkout?" in refused
    assert "I expect a time such as 14:00" in sandbox.ann.reads(timeline_of(shared, "since noon"))


def test_older_ones_take_the_place_of_the_page_and_export_shares_two_files_in_a_thread(shared: Workspace) -> None:
    sandbox, ann = shared.sandbox, shared.sandbox.ann
    for _ in range(16):
        sandbox.ria.types("/ops plugins reload deploy")
    sandbox.wait_until(
        lambda: sum("is loaded anew" in sandbox.ria.reads(m) for m in sandbox.ria.sees("C0OPS")) == 16, 30, "it to be loaded anew, 16 times"
    )
    first = timeline_of(shared, "by @ria")
    assert buttons(first) == ["Older", "Export"], ann.reads(first)
    assert ann.reads(first).count("plugin deploy") == 12
    ann.clicks(first, "Older")
    second = sandbox.wait_until(
        lambda: next((m for m in ann.sees("C0OPS") if m["ts"] == first["ts"] and m["blocks"] != first["blocks"]), None),
        what="the next page",
    )
    assert second is not None
    assert ann.reads(second).count("plugin deploy") == 4
    assert buttons(second) == ["Newest", "Export"]

    sandbox.fault("slack", "files.completeUploadExternal", "lost")  # shared, and the answer lost: it is looked for, not shared again
    ann.clicks(second, "Export")
    head = ann.waits_for("🧾 Timeline of all services, by ria: 16 events, exported by ann.", channel="C0OPS")
    shared_files = sandbox.wait_until(lambda: [m for m in ann.sees_thread(head) if m.get("files")][1:], 30, "two files") and [
        file for m in ann.sees_thread(head) for file in m.get("files", [])
    ]
    assert [file["name"].rpartition(".")[2] for file in shared_files] == ["md", "jsonl"]
    markdown, lines = (urlopen(file["url_private"], timeout=10).read().decode() for file in shared_files)  # noqa: S310 - the sandbox's own
    assert markdown.startswith("# Timeline: all services, by ria\n\nTimes are in Europe/Berlin.\n")
    assert markdown.count("**plugin deploy** loaded anew · ria") == 16
    events = [json.loads(line) for line in lines.splitlines()]
    assert [event["seq"] for event in events] == sorted(event["seq"] for event in events)
    assert {event["actor"] for event in events} == {"U0RIA"}
    assert {event["name"] for event in events} == {"ria"}
