"""Quick ways of fingerprints: what they say is what the slow ways say, whatever the line."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.headers import _header_length, header_length
from bot.core.mask_patterns import MASKS
from bot.core.mask_words import PLAIN_KEYWORDS
from bot.core.templates import _IS_PLAIN, _mask, _with_masked_words, template_of

PARTS = st.sampled_from(
    [
        *(
            "0-0-0 0:0:0,0",
            "0-0-0 0:0:0",
            "ERROR",
            "INFO",
            "CRITICAL",
            "[main]",
            "[http-nio-0-exec-0]",
            "[0]",
            "[Mon 0]",
            "com.acme.Pay",
            "a.IOException",
        ),
        *(
            " ",
            " ",
            " ",
            "  ",
            "-",
            " - ",
            ":",
            ": ",
            "(0)",
            "%LINK-0: ",
            "A.java:0",
            "GET  ",
            "card",
            "of",
            "100% of it",
            "EST",
            "PM",
            "0",
            "x",
        ),
    ]
)
FREQUENT = "0-0-0 0:0:0,0 ERROR [http-nio-0-exec-0] com.acme.Pay"
KEYWORDS = st.sampled_from(sorted(filter(re.compile("[a-z]+").fullmatch, PLAIN_KEYWORDS)))
OTHERS = (
    "orders slurmd dbus a  connected connecting root Failed Mayday Server nobody port is was from exceeded ed ing ly fly bed "
    "of by for in user reach to The True cannot failed able joined at authentication mysql guest nagios mailer lookup slurmctld caching docs ofu"
)
WORDS = st.sampled_from(OTHERS.split(" ")) | KEYWORDS


@given(st.sampled_from([f"{FREQUENT} - ", f"{FREQUENT}: ", FREQUENT, "0-0-0 0:0:0 INFO [main] ", ""]), st.lists(PARTS, max_size=8))
@example(f"{FREQUENT} - ", ["card"])
def test_a_frequent_header_ends_where_the_rules_say(begins: str, parts: list[str]) -> None:
    line = "".join((begins, *parts))

    assert header_length(line) == _header_length(line)


@given(
    st.lists(WORDS, max_size=9).map(lambda words: " ".join(words).capitalize()) | st.lists(WORDS.map(str.lower), max_size=9).map(" ".join)
)
def test_plain_words_are_masked_as_all_others(message: str) -> None:
    assert _IS_PLAIN(message) or not message
    assert _with_masked_words(message) == MASKS.sub(_mask, message)


@given(st.lists(WORDS, max_size=9).map(" ".join))
@example("Orders failed to slurmd")
@example("Orders cannot slurmd")
@example("sent of authentication")
@example("sent of authentication at home")
@example("seen nagios today")
@example("sent for nagios")
def test_the_template_of_plain_words_is_what_the_rules_say(message: str) -> None:
    quick = template_of(message)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.core.templates._IS_PLAIN", lambda _message: False)
        assert quick == template_of(message)
