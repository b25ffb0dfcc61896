"""Tokens of a GitHub App's installation: they live an hour, and are renewed before they end."""

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import httpx2

from bot.adapters.github import errors, sendable
from bot.adapters.github.wire import FAILURES, Wire
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
        repos: `owner/repository` of what the token may touch; empty for all that the installation may.
        wishes: what more is wanted, such as `contents: write` for locks. An installation that was not granted it gives a token without.

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
        repos: Sequence[str],
        clock: Clock,
        wishes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._app_id = app_id
        self._private_key = private_key
        self._wishes = dict(wishes)
        self._request: dict[str, Any] = {"installation_id": installation_id, "permissions": PERMISSIONS}
        if repos:
            self._request["repositories"] = sorted({sendable.repository(repo)["repo"] for repo in repos})
        self._clock = clock
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
        """Ask for a token with our wishes, and without them when the installation was not granted them."""
        if self._wishes:
            try:
                wanted = {**self._request, "permissions": {**PERMISSIONS, **self._wishes}}
                return self._wire.exchange("apps.create_installation_access_token", **wanted)
            except httpx2.HTTPStatusError as error:
                if error.response.status_code != 422:
                    raise
                log.warning("app.wishes_refused", extra={"fields": {"wishes": self._wishes, "why": errors.message(error.response)}})
        return self._wire.exchange("apps.create_installation_access_token", **self._request)

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
