"""Slack, as the doctor sees it: both tokens, the scopes, the channels, the people and groups of the roles, the clock."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from slack_sdk.web import SlackResponse

from bot.adapters.slack.chat import SlackChat
from bot.adapters.slack.payloads import text_at
from bot.adapters.slack.webapi import TOKEN_REFUSED, OnceClient, read, web_client
from bot.core.configuration import Configuration
from bot.doctor.finding import Finding, examined, fail, ok, warn
from bot.engine.plugins import Registry
from bot.ports.errors import ChatopsError, Rejected, Unavailable
from bot.settings import Settings
from bot.slack_manifest import APP_TOKEN_SCOPE, scopes

_SKEW_S = 30.0  # beyond it, what is compared with Slack's times begins to be wrong
_NOT_IN = frozenset({"not_in_channel", "channel_not_found", "is_archived"})
_REACH = "can this machine reach Slack? A proxy goes into HTTPS_PROXY, the certificates of an authority of your own into SSL_CERT_FILE"
_REINSTALL = "take over `chatopsd manifest` at api.slack.com/apps (App Manifest), and install the app again"


class SlackExamination:
    """Looks at Slack with both tokens. Nothing is posted."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings = settings
        self._configuration: Configuration = settings.configuration
        self._registry = registry
        self._client: OnceClient = web_client(settings.slack_bot_token, settings.slack_api_url)
        self._chat = SlackChat(self._client)

    def findings(self) -> Iterator[Finding]:
        """Look at everything of Slack; without a good bot token there is nothing more to see."""
        try:
            answer = read(self._client.auth_test)
        except ChatopsError as error:
            yield _of_token("Slack bot token", error, "copy the Bot User OAuth Token (xoxb-…) of the app into it")
        else:
            yield ok("Slack bot token", f"it is @{text_at(answer.data, 'user')} in {text_at(answer.data, 'team')}")
            yield from self._clock(answer)
            yield from self._scopes(answer)
            yield from examined("channels", self._channels)
            yield from examined("roles", self._roles)
        yield from self._app_token()

    def _scopes(self, answer: SlackResponse) -> Iterator[Finding]:
        header = next((value for name, value in answer.headers.items() if name.lower() == "x-oauth-scopes"), None)
        if header is None:
            yield warn("Slack scopes", "Slack did not say which the token has")
            return
        has = {scope.strip() for scope in str(header[0] if isinstance(header, list) else header).split(",") if scope.strip()}
        needed = scopes(self._configuration, self._registry)
        missing = [scope for scope in needed if scope not in has]
        for scope in missing:
            yield fail("Slack scopes", f"{scope} is missing: {needed[scope]}", _REINSTALL)
        extra = sorted(has - needed.keys())
        if extra:
            yield warn("Slack scopes", f"{', '.join(extra)}: the token may do this, and the bot never does", _REINSTALL)
        if not missing:
            yield ok("Slack scopes", f"all {len(needed)} that are needed are there")

    def _channels(self) -> Iterator[Finding]:
        for channel, what in sorted(self._named_channels().items()):
            try:
                # What the bot needs of it: to be in it, and to read what it posted. One message is enough to know.
                read(self._client.conversations_history, channel=channel, limit=1)
            except Rejected as error:
                if error.code not in _NOT_IN:
                    raise
                remedy = (
                    "in that channel, type /invite @chatops" if error.code == "not_in_channel" else "is the id right? Then /invite @chatops"
                )
                yield fail("channels", f"the bot is not in {channel} ({what}): {error.code}", remedy)
            else:
                yield ok("channels", f"the bot is in {channel} ({what})")

    def _named_channels(self) -> Mapping[str, str]:
        configuration = self._configuration
        named = {configuration.channel: "the timeline"}
        for service in configuration.services.values():
            if service.channel:
                named.setdefault(service.channel, f"of the service {service.name}")
            for environment in service.environments.values():
                if environment.approvals_channel:
                    named.setdefault(environment.approvals_channel, f"of the approvals for {service.name} in {environment.name}")
        for watch in configuration.watches:
            named.setdefault(watch.channel, f"of the watch {watch.name}")
        if configuration.alertmanager:
            named.setdefault(configuration.alertmanager.channel, "of [alertmanager]")
        for plugin, table in configuration.plugin_settings.items():
            if isinstance(channel := table.get("channel"), str):
                named.setdefault(channel, f"of the plugin {plugin}")
        return named

    def _roles(self) -> Iterator[Finding]:
        for role, holders in self._configuration.roles.items():
            troubles = [trouble for holder in holders for trouble in self._holder(role, holder)]
            yield from troubles
            if not troubles:
                yield ok("roles", f"{role}: all {len(holders)} holders are known to Slack")

    def _holder(self, role: str, holder: str) -> Iterator[Finding]:
        try:
            if holder.startswith("S"):
                if not self._chat.group_members(holder):
                    yield warn("roles", f"{role}: nobody is in the user group {holder}", "put people in, or name another one")
                return
            person = self._chat.person(holder)
        except ChatopsError as error:
            yield fail(
                "roles",
                f"{role}: {holder} can't be looked up: {error}",
                "is the id right? A group that can't be read gives nobody the role",
            )
            return
        if person.is_deleted or person.is_bot or person.is_guest or person.is_stranger:
            yield warn("roles", f"{role}: {person.name} ({holder}) has left, or is a guest, a bot or of another company", "take the id out")

    def _app_token(self) -> Iterator[Finding]:
        try:
            read(self._client.apps_connections_open, app_token=self._settings.slack_app_token.value)
        except ChatopsError as error:
            remedy = f"Basic Information, App-Level Tokens: make one with {APP_TOKEN_SCOPE}; and switch Socket Mode on"
            yield _of_token("Slack app-level token", error, remedy)
        else:
            yield ok("Slack app-level token", "Slack lets it open connections")

    def _clock(self, answer: SlackResponse) -> Iterator[Finding]:
        said = next((value for name, value in answer.headers.items() if name.lower() == "date"), None)
        if said is None:
            yield warn("clock", "Slack did not say what time it is")
            return
        ahead_s = (datetime.now(UTC) - parsedate_to_datetime(str(said[0] if isinstance(said, list) else said))).total_seconds()
        if abs(ahead_s) > _SKEW_S:
            which = "ahead of" if ahead_s > 0 else "behind"
            yield fail(
                "clock", f"this machine is {abs(ahead_s):.0f} s {which} Slack", "switch time synchronisation on: timedatectl set-ntp true"
            )
        else:
            yield ok("clock", f"within {_SKEW_S:.0f} s of Slack's")


def _of_token(topic: str, error: ChatopsError, remedy: str) -> Finding:
    """Say why a token could not be tried, or is refused; `remedy` mends the latter."""
    why = TOKEN_REFUSED.get(error.code, "") if isinstance(error, Rejected) else ""
    return fail(topic, f"{error}{f' ({why})' if why else ''}", _REACH if isinstance(error, Unavailable) else remedy)
