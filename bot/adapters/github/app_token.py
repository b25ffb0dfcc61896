"""Tokens of a GitHub App's installation: they live an hour, and are renewed before they end."""

import json
import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2

from bot.adapters.github import errors, sendable
from bot.adapters.github.wire import FAILURES, Wire
from bot.core.configuration import GitHubReach
from bot.core.redaction import Secret
from bot.ports.clock import Clock
from bot.ports.errors import ConfigError, NotFound, Rejected, Unavailable

log = logging.getLogger(__name__)

# What the port needs in any case, and no more; the workflows cut tags with their own token.
PERMISSIONS = {"actions": "write", "contents": "read", "deployments": "read"}
_EARLY = timedelta(minutes=5)
_TOO_YOUNG = timedelta(minutes=1)  # a token refused this soon would be refused again
_WHAT = "a token of the App's installation"


@dataclass(frozen=True, slots=True)
class _Held:
    value: str = field(repr=False)
    since: datetime
    until: datetime


class AppTokens:
    """Installation tokens, narrowed to some repositories and `PERMISSIONS`; safe to use from several threads.

    Args:
        url: the API's address.
        app_id: the App's id (or its client id).
        private_key: the App's private key, PEM.
        installation_id: which installation of the App.
        reach: what the token may touch; no repositories for all that the installation may. An installation that was not granted what is wished, or is not
            on the repositories that are good to have, gives a token without.

    Raises:
        ConfigError: the private key can't be used.
    """

    setting = "the key of the App (GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY_FILE, GITHUB_INSTALLATION_ID)"

    def __init__(
        self,
        url: str,
        app_id: str,
        private_key: Secret,
        installation_id: int,
        reach: GitHubReach,
        clock: Clock,
    ) -> None:
        self._app_id = app_id
        self._private_key = private_key
        self._installation_id = installation_id
        self._granted: dict[str, Any] | None = None  # the last request that GitHub granted
        self._clock = clock
        self._requests = self._requests_for(reach)
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._assertion()
        self._wire = Wire(url)

    def current(self) -> str:
        """Return the token, renewed when it ends within 5 minutes.

        One thread renews; the others go on with the old token as long as it is good, and wait when it is not.

        Raises:
            Unavailable: GitHub can't give one now, and the old one has ended.
            Rejected: GitHub does not accept the App, its key, the installation or what is asked for it.
        """
        held, now = self._held, self._clock.now()
        if held and now < held.until - _EARLY:
            return held.value
        good = held if held and now < held.until else None
        if not self._lock.acquire(blocking=good is None) and good:
            return good.value
        try:
            if self._held is held or self._held is None:
                self._held = self._renewed(good)
            return self._held.value
        finally:
            self._lock.release()

    def refused(self, token: str) -> bool:
        """Drop a token that GitHub did not accept; False when it was new, so that another would fare no better."""
        held = self._held
        if held is None or held.value != token:
            return True
        if self._clock.now() - held.since < _TOO_YOUNG:
            return False
        self._held = None
        return True

    def narrow(self, reach: GitHubReach) -> None:
        requests = self._requests_for(reach)
        if requests[0] == self._requests[0]:
            return
        with self._lock:  # whoever renews just now would put the old token in the place of the new one
            # A repository that the App is not installed on must not cost the others their token.
            self._requests = [*requests, *([self._granted] if self._granted else [])]
            self._held = None

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _renewed(self, good: _Held | None) -> _Held:
        try:
            return self._fetch()
        except Unavailable:
            if good is None:
                raise
            return good

    def _fetch(self) -> _Held:
        self._wire.authorise(self._assertion())
        now = self._clock.now()
        try:
            response = self._asked()
            raw = json.loads(response.content)
            # How long it lives is counted by GitHub's clock; ours may be wrong.
            lifetime = datetime.fromisoformat(raw["expires_at"]) - (errors.answered_at(response) or now)
            return _Held(str(raw["token"]), now, now + lifetime)
        except (*FAILURES, *errors.UNREADABLE) as error:
            translated = errors.of_read(error, _WHAT, self.setting)
            if isinstance(translated, NotFound):
                # Whoever asks for a tag must not read "there is no such installation" as "there is no such tag".
                raise Rejected(
                    f"GitHub knows no such installation of the App: check GITHUB_INSTALLATION_ID ({translated})", "404"
                ) from error
            raise translated from error

    def _asked(self) -> httpx2.Response:
        """Ask for a token that reaches all that is wanted, and for less where the installation was not granted it."""
        *wanted, least = self._requests
        for request in wanted:
            try:
                return self._exchange(request)
            except httpx2.HTTPStatusError as error:
                if error.response.status_code != 422:
                    raise
                fields = {
                    "permissions": request["permissions"],
                    "repositories": request.get("repositories"),
                    "why": errors.message(error.response),
                }
                log.warning("app.wishes_refused", extra={"fields": fields})
        return self._exchange(least)

    def _exchange(self, request: dict[str, Any]) -> httpx2.Response:
        response = self._wire.exchange("apps.create_installation_access_token", **request)
        self._granted = request
        return response

    def _requests_for(self, reach: GitHubReach) -> list[dict[str, Any]]:
        """Return what to ask for, the most first."""
        full = {**PERMISSIONS, **reach.wishes}
        wanted: list[dict[str, Any]] = []
        for repos, permissions in (((*reach.repos, *reach.more), full), (reach.repos, full), (reach.repos, PERMISSIONS)):
            request: dict[str, Any] = {"installation_id": self._installation_id, "permissions": permissions}
            if repos:
                request["repositories"] = sorted({sendable.repository(repo)["repo"] for repo in repos})
            if request not in wanted:
                wanted.append(request)
        return wanted

    def _assertion(self) -> str:
        """Return a short-lived proof that we have the App's key."""
        import jwt  # only an App needs it, and it loads the whole of `cryptography`

        now = self._clock.now()
        # A minute back, because clocks differ; GitHub takes at most 10 minutes ahead.
        claims = {"iat": now - timedelta(minutes=1), "exp": now + timedelta(minutes=8), "iss": self._app_id}
        try:
            return jwt.encode(claims, self._private_key.value, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise ConfigError(f"GITHUB_APP_PRIVATE_KEY_FILE holds no RSA private key in PEM form ({type(error).__name__}).") from error
