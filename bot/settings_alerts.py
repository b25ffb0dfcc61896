"""What a watch's alerts are like, in `chatops.toml`: whom they are told to and when, what they show, where they link."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.core.alerts import Samples
from bot.core.configuration import Explore
from bot.settings_forms import NotEmpty, Table, duration, matching

_LONGEST = timedelta(days=7)


def _nothing(found: object) -> object:
    return timedelta() if found == "0s" else found


Holder = Annotated[
    str,
    matching(
        r"[UWS][A-Z0-9]{2,30}",
        "the id of a user (U… or W…) or of a user group (S…), not a name: in Slack, open the profile or the group, "
        "choose the menu with the dots, “Copy member ID” or “Copy group ID”",
    ),
]
Wait = Annotated[timedelta, duration("30m, 1h or 4h", _LONGEST)]
# The last one given is asked first.
Learning = Annotated[timedelta | str, duration("1d, or 0s for none", _LONGEST), BeforeValidator(_nothing)]
SamplesWord = Annotated[str, matching("|".join(Samples), f"one of: {', '.join(Samples)}")]
Address = Annotated[str, matching(r"https?://[^\s/]+\S*", "a link that begins with https://")]
TypeName = Annotated[str, matching(r"[a-z][a-z0-9-]{0,62}", "the type of a data source, such as loki")]


class ExploreTable(Table):
    """A watch's `explore`: where Grafana's Explore shows its lines."""

    url: Address
    datasource: NotEmpty
    query: NotEmpty
    type: TypeName = "loki"
    org: int = Field(default=1, ge=1, le=1_000_000)


class AlertKeys(Table):
    """The keys of `[[watches]]` that are about its alerts."""

    explore: ExploreTable | None = None
    environment: str | None = None
    escalation: list[Holder] = []
    remind_after: Wait = timedelta(hours=1)
    resolve_after: int = Field(default=0, ge=0, le=10_000)
    learning: Learning = timedelta(days=1)
    samples: SamplesWord = "masked"


def alert_settings(keys: AlertKeys) -> dict[str, Any]:
    """Return the fields of a `Watch` that these keys set."""
    return {
        "explore": Explore(**keys.explore.model_dump()) if keys.explore else None,
        "environment": keys.environment or "",
        "escalation": tuple(keys.escalation),
        "remind_after": keys.remind_after,
        "resolve_after": keys.resolve_after,
        "learning": keys.learning,
        "samples": Samples(keys.samples),
    }
