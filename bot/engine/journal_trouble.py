"""The journal's trouble in the log: a line that says what is wrong, and for a mistake of the program where it is."""

import logging

from bot.ports.errors import JournalError


def tell_trouble(log: logging.Logger, event: str, trouble: JournalError, **fields: str) -> None:
    """Log it, from within the `except` that caught it."""
    log.error(event, extra={"fields": {**fields, "why": str(trouble)}}, exc_info=trouble.is_mistake)
