"""Secrets as values that never show themselves, and the rule that keeps them out of every text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = "[secret]"
_SHORTEST = 6  # a shorter value would black out ordinary words, and is no secret

# What is secret by its form, whoever wrote it. The quantifiers are bounded or possessive, so that no text makes them slow.
_FORMS = re.compile(
    r"""
      \bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]++          # Slack: bot, user, refresh, configuration tokens
    | \bxapp-[A-Za-z0-9-]++                             # Slack: app-level token
    | \bgh[pousr]_[A-Za-z0-9_.-]{4,}+                   # GitHub: personal, OAuth, user, server, refresh
    | \bgithub_pat_[A-Za-z0-9_]{4,}+
    | (?<=\bticket=)[^&\s"'<>\\]++                      # a Socket Mode ticket opens a connection
    | https?://hooks\.slack[a-z-]*\.com/[^\s"'<>\\]++   # response_url and incoming webhooks: whoever has it may post
    | (?<=/response/)[A-Za-z0-9_-]{6,}+                 # the same, where another server plays Slack
    | (?<=://)[^/\s:@"']{0,200}:[^/\s@"']{1,200}(?=@)   # user:password in an address, or :password
    | (?<=[Bb]earer\ )[A-Za-z0-9._~+/=-]{6,}+
    | -----BEGIN\ [A-Z ]{0,30}PRIVATE\ KEY-----(?:(?!-----END).){0,20000}+(?:-----END\ [A-Z ]{0,30}PRIVATE\ KEY-----)?
    """,
    re.VERBOSE | re.DOTALL,
)

# Whatever has one of these forms holds one of these texts, in lower case: looking for them costs a tenth of looking for the forms.
HINTS = (
    "xox",
    "xapp-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "ticket=",
    "slack",
    "/response/",
    "@",
    "bearer",
    "-----begin",
)


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A token, a password or a key. It compares and hashes as its value, and never shows it."""

    value: str

    def __repr__(self) -> str:
        return f"Secret({SHOWN!r})"

    def __str__(self) -> str:
        return SHOWN


class Redactor:
    """Replaces secrets in texts: the configured ones, and whatever has a token's form.

    Args:
        secrets: the configured secrets.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        values = sorted({secret.value for secret in secrets if len(secret.value) >= _SHORTEST}, key=len, reverse=True)
        # The longest first: where one secret begins with another, all of it goes.
        self._known = re.compile("|".join(map(re.escape, values))) if values else None

    def redact(self, text: str) -> str:
        """Return `text` with every secret replaced by `[secret]`."""
        known = self._known.sub(SHOWN, text) if self._known else text
        return _FORMS.sub(SHOWN, known)
