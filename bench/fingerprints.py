"""Measure how well fingerprints group lines, beside drain3: `python -m bench.fingerprints [FOLDER] [-v]`.

Rules are chosen on the loghub sets and on one part of the line forms (bench/forms.txt); the others are for judging.
"""

import csv
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from drain3 import TemplateMiner

from bench.drain import drain_config
from bench.forms import PARTS, lines_of, systems
from bot.core import fingerprints
from bot.core.fingerprints import fingerprint

DEFAULT = Path("../shared/data/loghub")


def read_set(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Return the raw lines, their messages, and the kinds that they truly are."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [r["raw"] for r in rows], [r["content"] for r in rows], [r["template"] for r in rows]


def grouping(predicted: Sequence[str], true: Sequence[str]) -> tuple[float, float]:
    """Return GA (share of lines in groups that are exactly right) and FGA (F1 over groups)."""
    sizes, kinds, pairs = Counter(predicted), Counter(true), Counter(zip(predicted, true, strict=True))
    right = [n for (ours, theirs), n in pairs.items() if n == sizes[ours] == kinds[theirs]]
    return sum(right) / len(true), 2 * len(right) / (len(sizes) + len(kinds))


def mistakes(raw: Sequence[str], true: Sequence[str]) -> None:
    """Print which kinds are split, and which are merged."""
    by_kind: defaultdict[str, Counter[str]] = defaultdict(Counter)
    by_template: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line, kind in zip(raw, true, strict=True):
        template = fingerprint(line).template
        by_kind[kind][template] += 1
        by_template[template][kind] += 1
    for title, groups in (("split", by_kind), ("merged", by_template)):
        for group, parts in sorted(groups.items(), key=lambda item: -item[1].total()):
            if len(parts) > 1:
                print(f"  {title} {parts.total():5} {group[:150]}")
                for part, count in parts.most_common(4):
                    print(f"        {count:5} {part[:150]}")


def speed(lines: Sequence[str]) -> float:
    """Return µs a line with nothing remembered."""
    forget()
    began = time.process_time()
    for line in lines:
        fingerprint(line)
    return (time.process_time() - began) / len(lines) * 1e6


def forget() -> None:
    """Empty every memory of earlier lines."""
    fingerprints._known.clear()
    fingerprints._known_short.clear()
    for remembered in (fingerprints._of_canonical, fingerprints._of_short):
        remembered.cache_clear()


def ours(lines: Sequence[str]) -> list[str]:
    """Return the id of each line."""
    forget()
    return [fingerprint(line).id for line in lines]


def drain(*, masked: bool) -> Callable[[Sequence[str]], list[str]]:
    """Return what gives each line the number of its cluster, as it is when all have been read."""

    def ids(lines: Sequence[str]) -> list[str]:
        miner = TemplateMiner(config=drain_config(masked=masked))
        return [str(miner.add_log_message(line)["cluster_id"]) for line in lines]

    return ids


def changed_by_shuffling(ids_of: Callable[[Sequence[str]], list[str]], lines: Sequence[str], before: Sequence[str]) -> float:
    """Return the share of lines whose id is another one when the lines come in another order."""
    order = list(range(len(lines)))
    random.Random(1).shuffle(order)
    after = ids_of([lines[i] for i in order])
    return sum(before[i] != new for i, new in zip(order, after, strict=True)) / len(lines)


METHODS = {"ours": ours, "drain3": drain(masked=False), "drain3, masks": drain(masked=True)}
Scores = tuple[float, float, float]


def scores_of(lines: Sequence[str], kinds: Sequence[str]) -> list[Scores]:
    """Return GA, FGA and the share of changed ids for each method."""
    found: list[Scores] = []
    for ids_of in METHODS.values():
        ids = ids_of(lines)
        found.append((*grouping(ids, kinds), changed_by_shuffling(ids_of, lines, ids)))
    return found


def show(name: str, scores: Sequence[Scores], more: str = "") -> None:
    """Print one row."""
    print(f"{name:<26}" + "".join(f"{ga:>8.3f}{fga:>7.3f}{changed:>7.0%}" for ga, fga, changed in scores) + more, flush=True)


def average(rows: Sequence[list[Scores]]) -> list[Scores]:
    """Return the mean of each column."""
    return [tuple(sum(row[at][n] for row in rows) / len(rows) for n in range(3)) for at in range(len(METHODS))]  # type: ignore[misc]


def main(arguments: Sequence[str]) -> None:
    """Print the table; `-v` prints the mistakes as well."""
    chatty = "-v" in arguments
    given = [a for a in arguments if a != "-v"]
    paths = [p for a in given for p in ([Path(a)] if Path(a).is_file() else sorted(Path(a).glob("*.tsv")))] or sorted(DEFAULT.glob("*.tsv"))
    print(
        "GA: lines in groups that are exactly right. FGA: F1 over groups. changed: ids changed by shuffling the lines. All on raw lines.\n"
    )
    print(f"{'':<26}" + "".join(f"{name:>22}" for name in METHODS) + f"{'ours':>12}")
    print(f"{'set':<26}" + f"{'GA':>8}{'FGA':>7}{'changed':>7}" * len(METHODS) + f"{'µs a line':>12}")
    rows = []
    for path in paths:
        raw, _, true = read_set(path)
        rows.append(scores_of(raw, true))
        show(path.stem, rows[-1], f"{speed(raw):>12.1f}")
        if chatty:
            mistakes(raw, true)
    if rows:
        show("average", average(rows))
    for part in PARTS:
        found = [scores_of(*lines_of(system)) for system, belongs_to in systems() if belongs_to == part]
        show(f"forms, {part} ({len(found)})", average(found))


if __name__ == "__main__":
    main(sys.argv[1:])
