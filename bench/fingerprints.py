"""Measure how well fingerprints group lines: `python -m bench.fingerprints [FOLDER]` prints set × GA × FGA, and the speed."""

import csv
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

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


def speed(lines: Sequence[str]) -> tuple[float, float]:
    """Return µs a line with nothing remembered, and with everything remembered."""
    fingerprints._of_canonical.cache_clear()
    cold = time.perf_counter()
    for line in lines:
        fingerprint(line)
    warm = time.perf_counter()
    for line in lines:
        fingerprint(line)
    end = time.perf_counter()
    return (warm - cold) / len(lines) * 1e6, (end - warm) / len(lines) * 1e6


def main(arguments: Sequence[str]) -> None:
    """Print the table; `-v` prints the mistakes as well."""
    chatty = "-v" in arguments
    given = [a for a in arguments if a != "-v"]
    paths = [p for a in given for p in ([Path(a)] if Path(a).is_file() else sorted(Path(a).glob("*.tsv")))] or sorted(DEFAULT.glob("*.tsv"))
    rows = []
    print(
        f"{'set':<12}{'GA raw':>8}{'FGA raw':>9}{'GA msg':>8}{'FGA msg':>9}{'groups':>8}{'true':>6}{'shuffled':>10}{'µs cold':>9}{'µs warm':>9}"
    )
    for path in paths:
        raw, content, true = read_set(path)
        ids = [fingerprint(line).id for line in raw]
        cold, warm = speed(raw)
        order = list(range(len(raw)))
        random.Random(1).shuffle(order)
        fingerprints._of_canonical.cache_clear()
        changed = sum(fingerprint(raw[i]).id != ids[i] for i in order) / len(raw)
        row = (*grouping(ids, true), *grouping([fingerprint(line).id for line in content], true))
        rows.append(row)
        scores = "".join(f"{value:>{width}.3f}" for value, width in zip(row, (8, 9, 8, 9), strict=True))
        print(f"{path.stem:<12}{scores}{len(set(ids)):>8}{len(set(true)):>6}{changed:>10.0%}{cold:>9.1f}{warm:>9.2f}")
        if chatty:
            mistakes(raw, true)
    if rows:
        scores = "".join(
            f"{sum(column) / len(rows):>{width}.3f}" for column, width in zip(zip(*rows, strict=True), (8, 9, 8, 9), strict=True)
        )
        print(f"{'average':<12}{scores}")


if __name__ == "__main__":
    main(sys.argv[1:])
