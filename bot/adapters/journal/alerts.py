"""Alerts: what the watches found, and who has it."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.adapters.journal import documents
from bot.adapters.journal.tables import alerts, counters, problems
from bot.core.alerts import Alert, AlertState
from bot.ports.errors import JournalError

_OPEN_STATES = tuple(state.value for state in AlertState if state is not AlertState.RESOLVED)

_ADD = insert(alerts)
_SAVE = (
    update(alerts)
    .where(alerts.c.id == bindparam("known_id"))
    .values(channel=bindparam("new_channel"), state=bindparam("new_state"), document=bindparam("new_document"))
)
_GET = select(alerts.c.document).where(alerts.c.id == bindparam("known_id"))
_OPEN_OF = select(alerts.c.document).join(problems, problems.c.alert == alerts.c.id).where(problems.c.problem == bindparam("known_problem"))
_OCCUPY = insert(problems)
_LEAVE = delete(problems).where(problems.c.alert == bindparam("known_id"))
_OPEN = select(alerts.c.document).where(alerts.c.state.in_(_OPEN_STATES)).order_by(alerts.c.opened_at.desc(), alerts.c.seq.desc())
_RESOLVED_OF = (
    select(alerts.c.document)
    .where(
        alerts.c.state == AlertState.RESOLVED.value,
        alerts.c.watch == bindparam("known_watch"),
        alerts.c.opened_at >= bindparam("since"),
    )
    .order_by(alerts.c.opened_at.desc(), alerts.c.seq.desc())
)
_LAST_RESOLVED = (
    select(alerts.c.document)
    .where(alerts.c.state == AlertState.RESOLVED.value, alerts.c.watch == bindparam("known_watch"))
    .order_by(alerts.c.opened_at.desc(), alerts.c.seq.desc())
    .limit(bindparam("most"))
)
_OPEN_IN_CHANNEL = _OPEN.where(alerts.c.channel == bindparam("known_channel"))
_COUNT = update(counters).where(counters.c.name == "alert").values(value=counters.c.value + 1)
_START_COUNT = insert(counters).values(name="alert", value=1)
_COUNTED = select(counters.c.value).where(counters.c.name == "alert")

_OPENED_SINCE = select(alerts.c.document).where(alerts.c.opened_at >= bindparam("at")).order_by(alerts.c.seq)


class SqlAlerts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, alert: Alert) -> None:
        """Write a new alert.

        Raises:
            JournalError: one of the same problem is open.
        """
        values = {
            "id": alert.id,
            "watch": alert.watch,
            "channel": alert.channel,
            "state": alert.state.value,
            "opened_at": alert.opened_at,
            "document": documents.write(alert),
        }
        if alert.problem and alert.is_open:
            if self.open_of(alert.problem):
                raise JournalError(f"There is an open alert of {alert.problem} in the journal already.", is_mistake=True)
            self._connection.execute(_OCCUPY, {"problem": alert.problem, "alert": alert.id})
        self._connection.execute(_ADD, values)

    def save(self, alert: Alert) -> None:
        """Write an alert as it stands now.

        Raises:
            JournalError: it was never added.
        """
        values = {
            "known_id": alert.id,
            "new_channel": alert.channel,
            "new_state": alert.state.value,
            "new_document": documents.write(alert),
        }
        if not self._connection.execute(_SAVE, values).rowcount:
            raise JournalError(f"There is no alert {alert.id} in the journal.", is_mistake=True)
        if not alert.is_open:
            self._connection.execute(_LEAVE, {"known_id": alert.id})

    def get(self, alert_id: str) -> Alert | None:
        """Return an alert as it stands now."""
        text = self._connection.execute(_GET, {"known_id": alert_id}).scalar()
        return None if text is None else documents.read(Alert, text)

    def open_of(self, problem: str) -> Alert | None:
        """Return the open alert of a problem (`Alert.problem`)."""
        text = self._connection.execute(_OPEN_OF, {"known_problem": problem}).scalar() if problem else None
        return None if text is None else documents.read(Alert, text)

    def resolved_of(self, watch: str, opened_since: datetime) -> list[Alert]:
        """Return the alerts of one `Alert.watch` that were opened since a time and are resolved, newest first."""
        values = {"known_watch": watch, "since": opened_since}
        return [documents.read(Alert, text) for text in self._connection.execute(_RESOLVED_OF, values).scalars()]

    def last_resolved(self, watch: str, most: int) -> list[Alert]:
        """Return the alerts of one `Alert.watch` that are resolved, the last opened first, at most so many."""
        values = {"known_watch": watch, "most": most}
        return [documents.read(Alert, text) for text in self._connection.execute(_LAST_RESOLVED, values).scalars()]

    def next_id(self) -> str:
        """Return the id for a new alert: "A1", "A2", … None is given out twice."""
        if not self._connection.execute(_COUNT).rowcount:
            self._connection.execute(_START_COUNT)
        return f"A{self._connection.execute(_COUNTED).scalar_one()}"

    def opened_since(self, at: datetime) -> list[Alert]:
        """Return the alerts that were opened not before a time, oldest first."""
        return [documents.read(Alert, text) for text in self._connection.execute(_OPENED_SINCE, {"at": at}).scalars()]

    def open(self, channel: str = "") -> list[Alert]:
        """Return the alerts that are not resolved, newest first, of one channel or of all."""
        statement, values = (_OPEN_IN_CHANNEL, {"known_channel": channel}) if channel else (_OPEN, {})
        return [documents.read(Alert, text) for text in self._connection.execute(statement, values).scalars()]
