"""`[alertmanager]` in `chatops.toml`: which alerts of Alertmanager are followed, and where they are told."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.core.alertmanager import AlertmanagerRules
from bot.core.configuration import CHANNEL_ID
from bot.settings_forms import Table, duration, matching, wrong

_CHANNEL = "a channel id such as C0123456789"
_MATCHER = re.compile(r'\s*[a-zA-Z_:][a-zA-Z0-9_:]*\s*(?:=~|!~|!=|=)\s*(?:"(?:\\.|[^"\\])*"|[^\s"{},]*)\s*')


def _matcher(text: str) -> str:
    if not _MATCHER.fullmatch(text):
        raise wrong('a matcher of Alertmanager, such as severity=~"critical|warning"')
    return text.strip()


def _labels(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise wrong("each label once")
    return names


Label = Annotated[str, matching(r"[a-zA-Z_][a-zA-Z0-9_]{0,99}", "the name of a label, such as alertname")]
Holder = Annotated[str, matching(r"[UWS][A-Z0-9]{2,30}", "the id of a user (U… or W…) or of a user group (S…), not a name")]
Matcher = Annotated[str, AfterValidator(_matcher)]
Length = Annotated[timedelta, duration("4h", timedelta(days=7))]


class AlertmanagerTable(Table):
    """`[alertmanager]`. Where it is and how to sign in there are variables."""

    channel: Annotated[str, matching(CHANNEL_ID, _CHANNEL)] | None = None
    group_by: Annotated[list[Label], Field(min_length=1), AfterValidator(_labels)] = ["alertname", "cluster", "service"]
    filters: list[Matcher] = []
    silence: Length = timedelta(hours=4)
    escalation: list[Holder] = []
    remind_after: Length = timedelta(hours=1)


def as_rules(table: AlertmanagerTable, timeline: str) -> AlertmanagerRules:
    """Turn the checked table into our own value."""
    return AlertmanagerRules(
        table.channel or timeline, tuple(table.group_by), tuple(table.filters), table.silence, tuple(table.escalation), table.remind_after
    )
