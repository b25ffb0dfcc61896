"""Serves the web page: plain files, nothing loaded from elsewhere."""

from pathlib import Path

from aiohttp import web

WEB = Path(__file__).parent / "web"


def add_routes(app: web.Application) -> None:
    """Serve the page at `/`, and at the addresses that GitHub's links point to (`/acme/checkout/actions/runs/1`)."""
    app.router.add_get("/", _index)
    app.router.add_static("/static/", WEB)
    app.router.add_get("/{owner}/{repo}/{rest:.*}", _index)
    app.router.add_get("/{owner}/{repo}", _index)


async def _index(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(WEB / "index.html", headers={"Cache-Control": "no-store"})
