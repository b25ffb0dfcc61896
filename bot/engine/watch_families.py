"""The families of a watch's kinds, within one transaction: read when they are needed, and grown when something new was seen."""

from datetime import datetime

from bot.core.families import Families
from bot.ports.journal import Transaction

MOST_TEMPLATES = 2000  # those that were seen last; a family of which fewer are left has been made long ago


class WatchFamilies:
    """See `bot.core.families` for what a family is."""

    def __init__(self, tx: Transaction, watch: str) -> None:
        self._tx = tx
        self._watch = watch
        self._known: Families | None = None
        self._has_new = False

    def is_new(self, template: str) -> bool:
        """Say whether a kind that the watch never saw is new to people as well: a further name in a known family is not."""
        is_new = self._families().family_of(template) is None
        self._has_new = self._has_new or is_new
        return is_new

    def grow(self, at: datetime) -> None:
        """Make the rules that the kinds known by now call for, and write them down."""
        if self._has_new:
            self._tx.watches.add_families(self._watch, self._families().grown(self._tx.watches.templates(self._watch, MOST_TEMPLATES)), at)

    def _families(self) -> Families:
        if self._known is None:
            self._known = Families(self._tx.watches.families(self._watch))
        return self._known
