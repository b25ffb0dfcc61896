"""What people typed, as plain text."""

import pytest

from bot.adapters.slack.plain import mentions, plain, without_mention


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("checkout 1.5.0", "checkout 1.5.0"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("<@U123|ann> and <@W9>", "<@U123> and <@W9>"),
        ("in <#C123|checkout>", "in <#C123>"),
        ("<!subteam^S123|@leads> please", "<!subteam^S123> please"),
        ("<!here> <!channel|@channel> <!everyone>", "@here @channel @everyone"),
        ("<!date^1392734382^{date}|18 February 2014>", "18 February 2014"),
        ("see <https://a.example/x?y=1&amp;z=2>", "see https://a.example/x?y=1&z=2"),
        ("<http://checkout.example|checkout.example>", "checkout.example"),
        ("<mailto:ann@acme.example>", "ann@acme.example"),
        ("“quoted” ‘text’ — and “more”", "“quoted” ‘text’ — and “more”"),
        ("checkout\u00a01.5.0", "checkout 1.5.0"),
        ("1 < 2 and nothing closes", "1 < 2 and nothing closes"),
        ("", ""),
    ],
)
def test_markup_becomes_what_was_typed(typed, expected):
    assert plain(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<@U0BOT> release checkout", "release checkout"),
        ("<@U0BOT|chatops>: release checkout", "release checkout"),
        ("<@U0BOT>,\u00a0release", "release"),
        ("hey <@U0BOT> release <@U0BOT>", "hey release <@U0BOT>"),
        ("release <@U0BOT>", "release"),
        ("<@U0BOTTOM> is somebody else", "<@U0BOTTOM> is somebody else"),
        ("<@U0BOT>", ""),
        ("line one\n<@U0BOT> line two", "line one line two"),
    ],
)
def test_the_first_mention_of_the_bot_is_taken_out(typed, expected):
    assert without_mention(typed, "U0BOT") == expected


def test_a_mention_is_known_by_the_whole_id():
    assert mentions("hi <@U0BOT|chatops>", "U0BOT")
    assert not mentions("hi <@U0BOTTOM>", "U0BOT")
    assert not mentions("hi <@>", "")
