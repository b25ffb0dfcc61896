"""Keeps what goes wrong with one thing apart from the others."""

from types import TracebackType

from bot.ports.errors import ChatopsError, Unavailable


class Apart:
    """Lets each of several things have its turn, and raises the last trouble only after all had it.

    Who is asked to wait asks nothing more: that trouble is raised at once.
    """

    def __init__(self) -> None:
        self._trouble: ChatopsError | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None) -> bool:
        if not isinstance(error, ChatopsError) or (isinstance(error, Unavailable) and error.retry_after_s is not None):
            return False
        self._trouble = error
        return True

    def done(self) -> None:
        """Raise the trouble that there was."""
        if self._trouble:
            raise self._trouble
