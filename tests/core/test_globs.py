import pytest

from bot.core.globs import matching


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("db/migrate/**", "db/migrate/1.sql", True),
        ("db/migrate/**", "db/migrate/old/1.sql", True),
        ("db/migrate/**", "app/db/migrate/1.sql", False),
        ("db/migrate/*", "db/migrate/old/1.sql", False),
        ("**/*.sql", "1.sql", True),
        ("**/*.sql", "a/b/1.sql", True),
        ("**/migrations/?.py", "shop/migrations/1.py", True),
        ("a.b", "axb", False),
    ],
)
def test_a_pattern_names_paths(glob: str, path: str, matches: bool) -> None:
    assert bool(matching([path], [glob])) is matches


def test_paths_keep_their_order_and_come_once() -> None:
    assert matching(["b.sql", "a.sql", "c.txt"], ["*.sql", "a*"]) == ("b.sql", "a.sql")
