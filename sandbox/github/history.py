"""The histories of the example repositories: made up, conventional, and the same in every world."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

AUTHORS = (
    ("Ann Larsen", "ann@acme.example"),
    ("Bob Okafor", "bob@acme.example"),
    ("Dana Ivanova", "dana@acme.example"),
    ("Ria Mehta", "ria@acme.example"),
    ("Mika Tanaka", "mika@acme.example"),
)
_FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_LAST = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)

_CHECKOUT_SINCE = (
    "feat(cart): keep the cart when the session expires (#131)",
    "fix(payment): retry a declined 3-D Secure challenge once (#132)",
    "docs: describe the refund webhook (#133)",
    "perf(prices): load the price list in one query (#134)",
    "fix(cart): show the voucher's own currency (#136)",
    "chore(deps): bump httpx from 0.27.0 to 0.28.1 (#137)",
)
_SEARCH_SINCE = ("fix(index): do not lose documents whose title is empty (#58)",)

_FEATURES = (
    "remember the last delivery address", "accept gift cards", "show taxes by country", "add a guest checkout", "offer parcel lockers",
    "send the invoice as PDF", "support split payments", "list the last orders", "add Apple Pay", "suggest spelling corrections",
    "rank by popularity", "filter by brand", "explain why a result matched", "index attachments", "support synonyms",
)  # fmt: skip
_FIXES = (
    "round half cents to even", "close the connection after a timeout", "accept postcodes with a space", "do not charge twice on a double click",
    "escape ampersands in addresses", "handle an empty basket", "keep the order of line items", "survive a missing exchange rate",
    "stop leaking file handles", "return 404 for an unknown order", "ignore soft hyphens", "compare accents correctly",
)  # fmt: skip
_CHORES = (
    "chore(deps): bump pydantic to 2.9.2", "ci: cache the package index", "test: cover the refund of a partial order", "docs: fix the curl example",
    "refactor: move the price rules out of the view", "style: sort the imports", "build: pin the base image", "perf: read settings once",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """What a repository is made from: messages oldest first, tags by the index of their commit, files of the first commit."""

    messages: Sequence[str]
    tags: Mapping[str, int]
    files: Mapping[str, str]
    scopes: Sequence[str] = ("api", "core", "web")


def checkout(files: Mapping[str, str]) -> History:
    """Return the history of acme/checkout: tags to v1.4.2, then commits with a `feat`, so that 1.5.0 comes next."""
    versions = ("v1.0.0", "v1.0.1", "v1.1.0", "v1.2.0", "v1.2.1", "v1.3.0", "v1.4.0", "v1.4.1", "v1.4.2")
    return _example("checkout", 54, versions, _CHECKOUT_SINCE, files, ("cart", "payment", "prices", "orders"))


def search(files: Mapping[str, str]) -> History:
    """Return the history of acme/search: tags to v0.9.3, then only a `fix`, so that 0.9.4 comes next."""
    versions = ("v0.7.0", "v0.8.0", "v0.9.0", "v0.9.1", "v0.9.2", "v0.9.3")
    return _example("search", 33, versions, _SEARCH_SINCE, files, ("index", "query", "ranking"))


def made_up(name: str, count: int, scopes: Sequence[str] = ("api", "core", "web")) -> list[str]:
    """Return `count` conventional commit messages, the same ones for the same name."""
    dice = random.Random(name)  # noqa: S311 - the same history in every world, nothing secret
    messages = ["feat: first version"]
    for number in range(1, count):
        scope, pull = dice.choice(scopes), f"(#{number + 2})"
        match dice.choices(("feat", "fix", "chore"), (3, 4, 3))[0]:
            case "feat":
                messages.append(f"feat({scope}): {dice.choice(_FEATURES)} {pull}")
            case "fix":
                messages.append(f"fix({scope}): {dice.choice(_FIXES)} {pull}")
            case _:
                messages.append(f"{dice.choice(_CHORES)} {pull}")
    return messages[:count]


def fast_import(name: str, history: History) -> bytes:
    """Return the history as a stream for `git fast-import`, tags included."""
    dice = random.Random(name + "/files")  # noqa: S311 - as above
    pace = (_LAST - _FIRST) / max(1, len(history.messages))
    parts: list[str] = []
    for index, message in enumerate(history.messages):
        at = _FIRST + pace * (index + 1) - timedelta(minutes=dice.randrange(240))
        who = _signature(dice.choice(AUTHORS), at)
        parts.append(f"commit refs/heads/main\nmark :{index + 1}\nauthor {who}\ncommitter {who}\n{_data(message)}")
        parts.extend(_file(path, text) for path, text in (history.files if index == 0 else {}).items())
        parts.append(_file(f"src/{dice.choice(history.scopes)}.py", _source(dice, message)))
    for tag, index in history.tags.items():
        parts.append(_tag(tag, index if index >= 0 else len(history.messages) + index, pace))
    return ("".join(parts) + "done\n").encode()


def _tag(tag: str, index: int, pace: timedelta) -> str:
    # As in many real repositories, minor releases were tagged with an annotation and patches without.
    if tag.endswith(".0"):
        tagger = _signature(AUTHORS[0], _FIRST + pace * (index + 1))
        return f"tag {tag}\nfrom :{index + 1}\ntagger {tagger}\n{_data('Release ' + tag)}"
    return f"reset refs/tags/{tag}\nfrom :{index + 1}\n\n"


def _example(
    name: str, count: int, versions: Sequence[str], since: Sequence[str], files: Mapping[str, str], scopes: Sequence[str]
) -> History:
    messages = [*made_up(name, count, scopes), *since]
    tags = {version: (count - 1) * (place + 1) // len(versions) for place, version in enumerate(versions)}
    readme = {"README.md": f"# {name}\n\nAn example service of the sandbox.\n"}
    return History(messages, tags, {**readme, **files}, scopes)


def _source(dice: random.Random, message: str) -> str:
    lines = [f"limit_{number} = {dice.randrange(100)}" for number in range(dice.randrange(4, 12))]
    return "\n".join([f'"""{message.splitlines()[0]}."""', "", *lines, ""])


def _signature(who: tuple[str, str], at: datetime) -> str:
    return f"{who[0]} <{who[1]}> {int(at.timestamp())} +0000"


def _file(path: str, text: str) -> str:
    return f"M 100644 inline {path}\n{_data(text)}"


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
