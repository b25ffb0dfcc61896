"""GitHub over its REST API: the one adapter behind the `GitHub` port."""

from bot.adapters.github.adapter import RestGitHub, connect, connect_app

__all__ = ["RestGitHub", "connect", "connect_app"]
