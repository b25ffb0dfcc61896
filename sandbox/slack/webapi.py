"""The door of the Web API: token, limits, arguments, scopes, and then the method."""

from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from sandbox.observed import Handler, call, rate_limited
from sandbox.slack import arguments, methods_chat, methods_conversations, methods_files, methods_views, methods_workspace
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import METHODS, Call, need_scope
from sandbox.slack.parts import Parts
from sandbox.slack.state import SharedFile
from sandbox.slack.tokens import Token

FAMILIES = (methods_chat, methods_conversations, methods_files, methods_views, methods_workspace)
"""Importing them enters their methods into the list."""


class WebApi:
    """Serves `/api/METHOD`, `/response/ID`, `/upload/ID` and `/files/ID/NAME`."""

    def __init__(self, slack: Parts) -> None:
        self._slack = slack

    def add_routes(self, app: web.Application) -> None:
        """Serve them; each is observed under its own name."""
        app.router.add_route("*", "/api/{method}", call("slack")(_plain(self._method)))
        app.router.add_post("/response/{key}", call("slack", "response_url")(_plain(self._response_url)))
        app.router.add_post("/upload/{id}", call("slack", "upload")(_plain(self._upload)))
        app.router.add_put("/upload/{id}", call("slack", "upload")(_plain(self._upload)))
        app.router.add_get("/files/{id}/{name}", call("slack", "file")(_plain(self._file)))

    async def _method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        token: Token | None = None
        warnings: list[str] = []
        try:
            args, token_text, warnings = await arguments.read(request)
            token, answer = self._answer(name, args, token_text)
        except SlackError as error:
            answer = error.answer()
        if isinstance(answer, int):
            return rate_limited("slack", answer)
        if warnings:
            answer["warning"] = ",".join(warnings)
            answer.setdefault("response_metadata", {})["warnings"] = warnings
        return web.json_response(answer, headers=_headers(name, token))

    def _answer(self, name: str, args: Arguments, token_text: str | None) -> tuple[Token | None, dict[str, Any] | int]:
        """Return the token and the answer; a number is the seconds of a 429."""
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        token = self._slack.tokens.check(token_text, method.app_level, method.any_token)
        retry_after_s = self._slack.limits.retry_after_s(name, args.text("channel"))
        if retry_after_s is not None:
            return token, retry_after_s
        try:
            need_scope(token, *method.scopes)
            args.require(*method.required)
            return token, {"ok": True, **method.run(Call(self._slack, args, token))}
        except SlackError as error:
            return token, error.answer()

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        try:
            self._slack.response_urls.use(request.match_info["key"], body)
        except SlackError as error:
            status = 404 if error.code in ("invalid_url", "expired_url", "used_url") else 400
            return web.json_response(error.answer(), status=status)
        return web.Response(text="ok", content_type="text/html")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = self._slack.workspace.files.get(request.match_info["id"])
        if file is None:
            return web.Response(status=404, text="file not found")
        await _fill(file, request)
        return web.Response(text=f"OK - {file.length}")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self._slack.workspace.files.get(request.match_info["id"])
        if file is None or file.content is None:
            return web.Response(status=404, text="file not found")
        return web.Response(body=file.content, content_type=file.content_type)


def _plain(handler: Handler) -> Handler:
    """Wrap a bound method in a function of its own, which can carry the mark of `call`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    return handle


async def _fill(file: SharedFile, request: web.Request) -> None:
    if request.content_type.startswith("multipart/"):
        part = next(iter((await request.post()).values()))
        file.content = part.file.read() if isinstance(part, FileField) else bytes(part, "utf-8") if isinstance(part, str) else bytes(part)
    else:
        file.content = await request.read()
    file.length = len(file.content)
    file.content_type = _type_of(file.name)


def _type_of(name: str) -> str:
    endings = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml", "txt": "text/plain", "log": "text/plain", "csv": "text/csv"}
    return endings.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _headers(name: str, token: Token | None) -> dict[str, str]:
    if token is None:
        return {}
    method = METHODS.get(name)
    return {"x-oauth-scopes": ",".join(token.scopes), "x-accepted-oauth-scopes": ",".join(method.scopes) if method else ""}
