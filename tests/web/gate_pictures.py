"""The pictures of gates that are closed: a lock, a break-glass, a queue, a review on GitHub, and why-not, as a phone shows them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import Page

from bot.testing import Workspace
from tests.web.looking import look_at, take

PRODUCTION = '[services.checkout.environments.production]\nreleasers = "releaser"\n'
STAGING = "[services.checkout.environments.staging]\n"
GUARDED = 'after = "staging"\napprovals = 1\napprovers = "approver"\noverriders = "approver"\n'
REPO = "acme/checkout"


def guarded(toml: str) -> str:
    """Give checkout's production every gate, and let its staging queue and be reviewed."""
    staged = 'when_busy = "queue"\napprovers = "approver"\ngithub_reviews = true\n'
    return toml.replace(PRODUCTION, PRODUCTION + GUARDED, 1).replace(STAGING, STAGING + staged, 1)


def gates(world: Workspace, phone_of: Callable[[], AbstractContextManager[Page]], pictures: Path) -> None:
    """Close every gate, and take a picture of each."""
    sandbox, ann, bob = world.sandbox, world.sandbox.ann, world.sandbox.bob

    def picture(words: str, name: str) -> None:
        bob.waits_for(words.partition(" …")[0], channel="C0OPS", timeout_s=60)
        with phone_of() as phone:
            look_at(phone.get_by_test_id("messages").get_by_text(words.replace("*", "").replace("`", "")).last)
            take(phone, pictures / f"{name}.png")

    ann.types('/ops lock checkout production "payments migration" for 2h')
    picture("payments migration", "lock-phone")
    bob.types("/ops why-not checkout production 1.5.0")
    picture("gates closed", "why-not-phone")
    bob.types('/release checkout 1.5.0 production --override "checkout is down, this mends it"')
    picture("this mends it", "break-glass-phone")
    bob.waits_for("`v1.5.0` is live in *production*", channel="C0OPS", timeout_s=60)
    sandbox.plan(REPO, "release.yml", "waiting", reviewers=["acme-chatops", "bob"])
    ann.types("/release checkout 1.6.0 staging")
    picture("waits for a review on GitHub", "review-phone")
    bob.types("/deploy checkout 1.4.2 staging")
    picture("It is next.", "queued-phone")
