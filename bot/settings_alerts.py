"""What a watch says of its alerts in `chatops.toml`: the forms of its values."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.core.windows import Samples
from bot.settings_forms import NotEmpty, Table, duration, matching

_LONGEST = timedelta(days=7)


def _nothing(found: object) -> object:
    """Take "0s", which is no duration elsewhere."""
    return timedelta() if found == "0s" else found


Wait = Annotated[timedelta, duration("30m, 1h or 4h", _LONGEST)]
# The last one given is asked first.
Learning = Annotated[timedelta, duration("1d, or 0s for none", _LONGEST), BeforeValidator(_nothing)]
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
