"""How long it takes until the release form is filled: with a few tags, and with 10,000. In the sandbox, the daemon a process of its own."""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bot.testing import Workspace

ROUNDS = 9
SERVICE = """
[services.big]
repo = "acme/big"
release_workflow = "release.yml"
[services.big.environments.staging]
"""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        world = Workspace(Path(folder))
        try:
            world.toml += SERVICE
            world.sandbox.repository("acme/big", commits=50)
            give_tags(world)
            world.start()
            print("| tags | until the form is filled, median of", ROUNDS, "| slowest | requests to GitHub |")
            print("| ---: | ---: | ---: | ---: |")
            for service, tags in (("checkout", 9), ("big", 10_000)):
                times, requests = measured(world, service)
                print(f"| {tags:,} | {statistics.median(times) * 1000:.0f} ms | {max(times) * 1000:.0f} ms | {requests} |")
        finally:
            world.close()


def give_tags(world: Workspace) -> None:
    """Tag the newest commit of acme/big 10,000 times, with git itself."""
    git = ["git", "--git-dir", world.sandbox.repo("acme/big")["path"]]
    head = subprocess.run([*git, "rev-parse", "main"], check=True, capture_output=True, text=True).stdout.strip()
    names = [f"v{major}.{minor}.{patch}" for major in range(10) for minor in range(40) for patch in range(25)]
    subprocess.run(
        [*git, "update-ref", "--stdin"], input="".join(f"create refs/tags/{name} {head}\n" for name in names), check=True, text=True
    )


def measured(world: Workspace, service: str) -> tuple[list[float], int]:
    """Return the times from the command to the filled form, in seconds, and how many requests the last one took."""
    ann, times, requests = world.sandbox.ann, [], 0
    for _ in range(ROUNDS):
        before = len(world.sandbox.record(side="github"))
        began = time.perf_counter()
        ann.types(f"/release {service}")
        world.sandbox.wait_until(lambda: any(is_version(block) for view in ann.modals for block in view["blocks"]), 60, "the filled form")
        times.append(time.perf_counter() - began)
        requests = len(world.sandbox.record(side="github")) - before
        ann.closes()
    return times, requests


def is_version(block: dict[str, object]) -> bool:
    return str(block.get("block_id", "")).startswith("version:")


if __name__ == "__main__":
    main()
