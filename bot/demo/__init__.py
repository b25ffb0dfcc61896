"""`make demo`: the real daemon, in its own process, against the sandbox, in its own process, and somebody who writes logs."""

from bot.demo.show import demo

__all__ = ["demo"]
