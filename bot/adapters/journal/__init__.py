"""The journal over SQLAlchemy Core: one adapter for SQLite now and for other databases that speak SQL."""

from bot.adapters.journal.journal import SqlJournal, open_journal

__all__ = ["SqlJournal", "open_journal"]
