"""Looks people and groups up, so that the gates can decide: by id, and failing closed."""

import logging
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.configuration import Configuration
from bot.core.gates import Person, Verdict, check_person, check_role, refusal_in
from bot.core.markup import Mrkdwn, escape, join, mention
from bot.ports.chat import Chat
from bot.ports.errors import ChatopsError, UserError

log = logging.getLogger(__name__)


class Permissions:
    """What Slack says of people, turned into verdicts."""

    def __init__(self, chat: Chat, configuration: Configuration, team: str, enterprise: str = "") -> None:
        self._chat = chat
        self._configuration = configuration
        self._team = team
        self._enterprise = enterprise

    @property
    def logins(self) -> Mapping[str, str]:
        """Who people are on GitHub, by their Slack user id, where that is known."""
        return self._configuration.people

    def member(self, user: str) -> Verdict:
        """Say whether a person may use the bot at all."""
        return check_person(self._person(user), self._team, self._enterprise)

    def role(self, user: str, role: str) -> Verdict:
        """Say whether a person holds a role; "" is held by everybody."""
        holders = self._configuration.roles.get(role, ())
        if not role or user in holders:
            return check_role(role, holders, user, frozenset(), "")
        return check_role(role, holders, user, self._groups_of(user, holders), self.shown_holders(role))

    def shown_holders(self, role: str, *but: str) -> str:
        """Return who holds a role, by name and but for some people, for a sentence such as "Ask …"."""
        names = [
            self._group_name(holder) if holder.startswith("S") else self.name_of(holder)
            for holder in self._configuration.roles.get(role, ())
            if holder not in but
        ]
        return " or ".join(names) if names else f"whoever gives out the role {role}: nobody holds it"

    def mentions(self, role: str, *but: str) -> Mrkdwn:
        """Return the mentions of everybody who holds a role, but for some people. (A user group is mentioned whole.)"""
        holders = [holder for holder in self._configuration.roles.get(role, ()) if holder not in but]
        return join(" ", [Mrkdwn(f"<!subteam^{holder}>") if holder.startswith("S") else mention(holder) for holder in holders])

    def name_of(self, user: str) -> str:
        """Return the name of a person, or of a user group, to show; the id when it can't be looked up."""
        if user.startswith("S") and user.isupper():
            return self._group_name(user).removeprefix("@")
        person = self._person(user)
        return person.name if person else user

    def zone_of(self, user: str) -> str:
        """Return the name of a person's time zone, "UTC" when it is not known."""
        person = self._person(user)
        try:
            return ZoneInfo(person.zone).key if person and person.zone else "UTC"
        except (ZoneInfoNotFoundError, OSError, ValueError):
            return "UTC"

    def _person(self, user: str) -> Person | None:
        try:
            return self._chat.person(user)
        except ChatopsError as error:
            log.warning("person.unknown", extra={"fields": {"user": user, "error": str(error)}})
            return None

    def _groups_of(self, user: str, holders: tuple[str, ...]) -> frozenset[str] | None:
        """Return the groups that the user is in; None when none was found and not all of them could be asked."""
        trouble: ChatopsError | None = None
        found: set[str] = set()
        for holder in holders:
            try:
                if holder.startswith("S") and user in self._chat.group_members(holder):
                    found.add(holder)
            except ChatopsError as error:
                trouble = error
        if trouble and not found:
            log.warning("group.unknown", extra={"fields": {"user": user, "error": str(trouble)}})
            return None
        return frozenset(found)

    def _group_name(self, group: str) -> str:
        try:
            return f"@{self._chat.group_name(group)}"
        except ChatopsError:
            return group


def let_through(*verdicts: Verdict) -> None:
    """Refuse with the first gate that is closed.

    Raises:
        UserError: why, and who can clear it.
    """
    refusal = refusal_in(verdicts)
    if refusal:
        raise UserError(escape(refusal))
