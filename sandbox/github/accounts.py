"""The accounts of the simulated GitHub: people, the organisation, the bot's own account."""

import zlib
from typing import Any

from sandbox.github.history import AUTHORS

BOT = "acme-chatops"
APP = "chatops-app[bot]"
ORGANISATION = "acme"
NAMES = {email.partition("@")[0]: name for name, email in AUTHORS}
_LOGINS = {email: email.partition("@")[0] for _, email in AUTHORS}


def login_of(email: str) -> str | None:
    """Return the account that an address belongs to; None for a stranger."""
    return _LOGINS.get(email)


def account_id(login: str) -> int:
    """Return the number of an account: the same one in every world."""
    return 1_000_000 + zlib.crc32(login.encode()) % 100_000_000


def user(url: str, login: str) -> dict[str, Any]:
    """Return an account as GitHub shows it inside of other objects."""
    kind = "Bot" if login.endswith("[bot]") else "Organization" if login == ORGANISATION else "User"
    api = f"{url}/users/{login.replace('[', '%5B').replace(']', '%5D')}"
    number = account_id(login)
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"{url}/static/avatars/{number}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{url}/{login.partition('[')[0]}",
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }
