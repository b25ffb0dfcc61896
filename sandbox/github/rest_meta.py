"""REST: who asks, what is left of the rate limit, what this server is, and a GitHub App's tokens."""

from sandbox.github import repository_shapes, shapes
from sandbox.github.access import Access
from sandbox.github.accounts import APP, NAMES, ORGANISATION, user
from sandbox.github.answers import Answer, Refusal, json_body, not_found
from sandbox.github.call import API_VERSIONS, Call, Route
from sandbox.github.shapes import Json
from sandbox.github.state import Hub

APP_ID = 424_242
INSTALLATION_ID = 31_337
_JOINED = "2020-02-03T04:05:06Z"  # always the same: an answer that has not changed has the same ETag
_ACCOUNT_COUNTS = ("public_repos", "public_gists", "followers", "following")
_ACCOUNT_TEXTS = ("company", "location", "email", "hireable", "bio")


class MetaApi:
    """The operations that belong to no repository."""

    def __init__(self, hub: Hub, access: Access) -> None:
        self._hub, self._access = hub, access

    def routes(self) -> list[Route]:
        tokens = r"/app/installations/{installation_id:\d+}/access_tokens"
        return [
            Route("GET", "/rate_limit", "rate-limit/get", "", self.rate_limit, is_free=True),
            Route("GET", "/meta", "meta/get", "", self.meta),
            Route("GET", "/versions", "meta/get-all-versions", "", self.versions),
            Route("GET", "/user", "users/get-authenticated", "", self.me),
            Route("GET", "/app", "apps/get-authenticated", "", self.app, auth="app"),
            Route("POST", tokens, "apps/create-installation-access-token", "", self.create_token, auth="app"),
        ]

    async def rate_limit(self, call: Call) -> Answer:
        core = self._access.budget(call.token)
        search = {**core, "limit": 30, "used": 0, "remaining": 30}
        return Answer({"resources": {"core": core, "search": search}, "rate": core})

    async def meta(self, call: Call) -> Answer:
        # As on github.com there is no installed_version: that is how a client tells it from an Enterprise Server.
        return Answer({"verifiable_password_authentication": False, "hooks": [], "web": [], "api": [], "git": [], "actions": []})

    async def versions(self, call: Call) -> Answer:
        return Answer(list(reversed(API_VERSIONS)))

    async def me(self, call: Call) -> Answer:
        login = call.token.login
        if call.token.is_app:
            raise Refusal(403, "Resource not accessible by integration")
        texts: Json = {"name": NAMES.get(login, login), "blog": "", "created_at": _JOINED, "updated_at": _JOINED}
        return Answer({**user(self._hub.world.url, login), **dict.fromkeys(_ACCOUNT_COUNTS, 0), **dict.fromkeys(_ACCOUNT_TEXTS), **texts})

    async def app(self, call: Call) -> Answer:
        url = self._hub.world.url
        slug = APP.removesuffix("[bot]")
        shown = {
            "id": APP_ID,
            "slug": slug,
            "node_id": f"A_{APP_ID}",
            "owner": user(url, ORGANISATION),
            "name": slug,
            "description": "",
            "external_url": url,
            "html_url": f"{url}/apps/{slug}",
            "created_at": _JOINED,
            "updated_at": _JOINED,
            "permissions": {"actions": "write", "contents": "write", "deployments": "write", "metadata": "read"},
            "events": [],
        }
        return Answer(shown)

    async def create_token(self, call: Call) -> Answer:
        if int(call.request.match_info["installation_id"]) != INSTALLATION_ID:
            raise not_found()
        body = await json_body(call.request)
        names, permissions = body.get("repositories"), body.get("permissions") or {}
        chosen = None
        if names is not None:
            chosen = [repo for repo in self._hub.repos if repo.name in names]
            if len(chosen) != len(set(names)):
                message = "There is at least one repository that does not exist or is not accessible to the parent installation."
                raise Refusal(422, message)
        token = self._access.install(frozenset(repo.full_name.casefold() for repo in chosen) if chosen else None, permissions)
        shown: Json = {
            "token": token.value,
            "expires_at": shapes.stamp(token.expires_at),
            "permissions": token.permissions,
            "repository_selection": "selected" if chosen else "all",
        }
        if chosen:
            shown["repositories"] = [
                repository_shapes.full(self._hub, repo, {"admin": False, "push": True, "pull": True}) for repo in chosen
            ]
        return Answer(shown, 201)
