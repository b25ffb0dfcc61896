"""The log watch in the real daemon: a file that is written, rotated and truncated while it reads, each error counted once."""

import csv
import random
import re
import sqlite3
from pathlib import Path

import pytest

from bot.assembly import WORKERS
from bot.testing import Workspace

LOGHUB = Path(__file__).parents[3] / "shared" / "data" / "loghub"
ERRORS = re.compile("ERROR|CRITICAL|FATAL|Exception|Traceback")


def counted(workspace: Workspace) -> tuple[int, int]:
    """Return all lines and errors that the daemon wrote down, read from its database."""
    with sqlite3.connect(f"file:{workspace.folder}/state/chatopsd.db?mode=ro", uri=True) as database:
        rows = database.execute("select document from windows").fetchall()
    import json

    windows = [json.loads(row[0]) for row in rows]
    return sum(w.get("lines", 0) for w in windows), sum(w.get("errors", 0) for w in windows)


@pytest.mark.skipif(not LOGHUB.is_dir(), reason="the loghub samples (../shared/data/loghub) are not here")
@pytest.mark.parametrize("name", ["Hadoop", "OpenSSH", "OpenStack"])
def test_every_error_line_of_a_real_log_is_counted_once_by_the_running_daemon(workspace: Workspace, name: str) -> None:
    with (LOGHUB / f"{name}.tsv").open(newline="") as table:
        raw = [row["raw"] for row in csv.DictReader(table, delimiter="\t")]
    content = "".join(f"{line}\n" for line in raw).encode()
    log = workspace.logs / "real.log"
    workspace.wait_watching()
    rng = random.Random(name)
    position = 0
    while position < len(content):
        size = rng.randint(1, len(content) // 8)
        with log.open("ab") as out:
            out.write(content[position : position + size])
        position += size
        workspace.sandbox.ann.types("/ops scan checkout-api")
        if rng.random() < 0.3:
            workspace.stop()
            workspace.start()
    expected = (len(raw), sum(bool(ERRORS.search(line)) for line in raw))

    def all_read() -> bool:
        workspace.sandbox.ann.types("/ops scan checkout-api")
        return counted(workspace)[0] >= expected[0]

    workspace.sandbox.wait_until(all_read, timeout_s=30, what="the whole log to be read")
    assert counted(workspace) == expected


def test_a_log_full_of_broadcasts_and_secrets_reaches_slack_harmless(workspace: Workspace) -> None:
    workspace.wait_watching()
    with (workspace.logs / "api.log").open("a") as log:
        log.write("ERROR <!channel> `boom` <@U0ANN> password=hunter2 token=ghp_" + "a" * 36 + "\n")
    workspace.sandbox.ann.waits_for("1 error of 1 line", channel="C0ALERTS", timeout_s=20)
    sent = "".join(str(e["body"]) for e in workspace.sandbox.record(side="slack") if e["call"] in ("chat.postMessage", "chat.update"))
    assert "boom" in sent
    for harmful in ("<!channel>", "<@U0ANN>", "hunter2", "ghp_aaaa"):
        assert harmful not in sent


def test_watches_whose_sources_hang_keep_nobody_waiting(empty_workspace: Workspace) -> None:
    watches = "".join(
        f"""
[[watches]]
name = "slow{number}"
source = {{ command = ["sleep", "30"] }}
every = "1h"
channel = "C0ALERTS"
"""
        for number in range(WORKERS + 1)
    )
    empty_workspace.toml += "\n" + watches
    sandbox = empty_workspace.start().sandbox
    empty_workspace.wait_watching()

    sandbox.ann.types("/ops watches")

    assert f"slow{WORKERS}" in sandbox.ann.reads(sandbox.ann.waits_for("slow0", timeout_s=10))
