"""The GitHub side: its REST API on the common server, its repositories, and how it starts and stops."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.github import examples
from sandbox.github.access import HOURLY, Access, Token
from sandbox.github.accounts import BOT
from sandbox.github.answers import Answer, Refusal, not_found, refused, response
from sandbox.github.call import API_VERSIONS, Call, Route
from sandbox.github.control import GitHubControl
from sandbox.github.rest_actions import ActionsApi
from sandbox.github.rest_git import GitApi
from sandbox.github.rest_meta import MetaApi
from sandbox.github.rest_records import RecordsApi
from sandbox.github.rest_repos import ReposApi
from sandbox.github.runner import Runner
from sandbox.github.snapshot import snapshot
from sandbox.github.state import Hub
from sandbox.observed import call as observed_call
from sandbox.world import World


class GitHubSide:
    """Everything of the sandbox that is GitHub."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.hub = Hub(world)
        self.access = Access(world)
        self.runner = Runner(self.hub)
        self._actions = ActionsApi(self.hub, self.runner)

    async def start(self) -> None:
        """Make a temporary folder and the example repositories in it."""
        self.hub.folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="sandbox-github-"))
        await asyncio.gather(examples.checkout(self.hub), examples.search(self.hub))

    async def stop(self) -> None:
        """End all runs and remove the repositories' folder."""
        await self.runner.stop()
        if self.hub.folder is not None:
            await asyncio.to_thread(shutil.rmtree, self.hub.folder, ignore_errors=True)

    def add_routes(self, app: web.Application) -> None:
        """Add the REST API. What is under `/repos/` and no operation is answered with GitHub's 404."""
        routes: list[Route] = []
        for part in (self._actions, GitApi(self.hub), RecordsApi(self.hub), ReposApi(self.hub), MetaApi(self.hub, self.access)):
            routes += part.routes()
        for route in routes:
            self._add(app, route)
        app.router.add_get(r"/_sandbox/github/logs/{owner}/{repo}/{job_id:\d+}", self._actions.log_text)
        unknown = Route("*", "/repos/{rest:.*}", "unknown", "", _unknown)
        self._add(app, unknown)

    def add_control_routes(self, app: web.Application) -> None:
        """Add every `/_sandbox/github…` call."""
        GitHubControl(self.hub, self.runner, self.access, self.snapshot).add_routes(app)

    def snapshot(self) -> dict[str, Any]:
        """Return all repositories with their refs, runs, releases and deployments."""
        return snapshot(self.hub)

    def set_limits(self, remaining: int | None = None, *, secondary: bool | None = None) -> None:
        """Leave so many requests to every token; switch the secondary limit on or off."""
        if remaining is not None:
            self.access.set_remaining(remaining)
        if secondary is not None:
            self.access.secondary = secondary

    def _add(self, app: web.Application, route: Route) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answered(request, route)

        marked = observed_call("github", route.operation)(handle)
        if route.method == "GET":
            app.router.add_get(route.path, marked)
        else:
            app.router.add_route(route.method, route.path, marked)

    async def _answered(self, request: web.Request, route: Route) -> web.StreamResponse:
        token: Token | None = None
        version = request.headers.get("X-GitHub-Api-Version", API_VERSIONS[0])
        try:
            _check_version(version)
            if route.auth == "app":
                self.access.app_of(request)
                token = Token("", BOT)
            else:
                token = self.access.token_of(request)
            if not route.is_free and route.auth != "app":
                self.access.count(token, request.method)
            answer = await route.handle(self._call(request, route, token, version))
        except Refusal as refusal:
            answer = refused(refusal)
        shown = response(answer, request, token.value if token else "")
        self._head(shown, token, version)
        return shown

    def _call(self, request: web.Request, route: Route, token: Token, version: str) -> Call:
        if number := request.match_info.get("repository_id"):
            found = self.hub.by_id(int(number))
            if found is None:
                raise not_found()
            self.access.require(token, route.permission, full_name=found.full_name)
            return Call(request, token, version, found)
        if "repo" not in request.match_info:
            return Call(request, token, version, None)
        full_name = f"{request.match_info['owner']}/{request.match_info['repo']}"
        repo = self.hub.repo(full_name)
        if repo is None and (moved := self.hub.moved(full_name)):
            rest = request.path.split("/", 4)[4:]
            place = "/".join([f"{self._world.url}/repositories/{moved.id}", *rest])
            raise Refusal(301, "Moved Permanently", headers={"Location": place})
        if repo is None:
            raise not_found()
        self.access.require(token, route.permission, full_name=full_name)
        return Call(request, token, version, repo)

    def _head(self, shown: web.Response, token: Token | None, version: str) -> None:
        if shown.status == 304 and token:
            self.access.give_back(token)
        shown.headers["Date"] = self._world.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
        shown.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        shown.headers["X-GitHub-Api-Version-Selected"] = version
        limits = self.access.headers(token) if token and token.value else {"x-ratelimit-limit": str(HOURLY)}
        shown.headers.update(limits)


def _check_version(version: str) -> None:
    if version not in API_VERSIONS:
        raise Refusal(400, f'Version "{version}" is not a supported version of the GitHub API.')


async def _unknown(_: Call) -> Answer:
    raise not_found()
