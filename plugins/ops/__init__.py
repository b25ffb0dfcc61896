"""How things stand: status, gates, watches, and help on every command; and operations whose outcome is unknown."""

from plugins.ops import cut_off, gates, help, status, unknown, watches
from plugins.ops.declared import plugin

__all__ = ["cut_off", "gates", "help", "plugin", "status", "unknown", "watches"]
