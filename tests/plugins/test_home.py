"""App Home's own lines; what it shows as a whole is in tests/scenarios/test_home.py."""

from typing import cast

import pytest

from bot.api import Context, md
from plugins import home
from tests.adapters.journal.values import operation


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://github.com/acme/shop/compare/a...b", "line · <https://github.com/acme/shop/compare/a...b|compare>"),
        (
            "https://github.com/acme/shop/compare/a...b|x> <!channel>",
            "line · <https://github.com/acme/shop/compare/a...b%7Cx&gt; &lt;!channel&gt;|compare>",
        ),
        ("", "line"),
    ],
)
def test_the_link_to_what_changes_is_only_a_link(url: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_line", lambda *_: md("line"))

    _header, section, *_buttons = home._approvals(cast(Context, None), [operation("o1", compare_url=url)])

    assert cast(dict[str, object], section["text"])["text"] == shown
