"""What can go wrong at the edge, as few kinds as there are things to do about it."""

from bot.core.markup import Mrkdwn, escape, join


class ChatopsError(Exception):
    """The base of every error of ours."""


class UserError(ChatopsError):
    """The person asked for something that can't be done; the text is shown to them. A business "no", not a crash."""


class FieldErrors(UserError):
    """A form holds mistakes; each is shown at its field.

    Args:
        errors: block id → what is wrong, what is expected. Where one of them is markup, so is the text of all.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        said = [*errors.values()]
        has_markup = any(isinstance(each, Mrkdwn) for each in said)
        super().__init__(join(" ", [*map(escape, said)]) if has_markup else " ".join(said))
        self.errors = errors


class ConfigError(ChatopsError):
    """The settings can't be used. It ends the start and names every setting at fault."""


class BrokenPlugin(ConfigError):
    """A plugin's own code fails; the others can do without it."""


class Unavailable(ChatopsError):
    """The other side can't answer now and provably did nothing: a retry may help.

    Args:
        retry_after_s: how long the other side asks us to wait; None when it did not say.
    """

    def __init__(self, text: str, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class Rejected(ChatopsError):
    """The other side says no, and would say no again.

    Args:
        code: its own word for why, such as `channel_not_found` or `422`.
    """

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class NotFound(Rejected):
    """What was asked for does not exist, or may not be seen."""


class OutcomeUnknown(ChatopsError):
    """It may or may not have happened: look before you try again."""


class JournalError(ChatopsError):
    """The journal can't be read or written; nothing may be promised until it can.

    Args:
        is_mistake: of the program, as far as is known, so that the log is to hold where; else it is the disk, the server, the file.
    """

    def __init__(self, text: str, *, is_mistake: bool = False) -> None:
        super().__init__(text)
        self.is_mistake = is_mistake
