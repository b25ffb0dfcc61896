"""From the inbox to the plugin: who may, which handler, with which arguments, and what is said when it fails."""

import logging
import re
import secrets
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Protocol

from bot.api import Registered
from bot.core.blocks import Message
from bot.core.configuration import Watch
from bot.core.hints import did_you_mean
from bot.core.markup import Mrkdwn, code, escape, join, md, plain, with_names
from bot.engine.arguments import bind
from bot.engine.context import HandlerContext, Services, command_of, crash_line, slash
from bot.engine.inbox import Reply
from bot.engine.journal_trouble import tell_trouble
from bot.engine.overseer import Overseer
from bot.engine.permissions import let_through
from bot.engine.plugins import Registry
from bot.ports.errors import FieldErrors, JournalError, OutcomeUnknown, Rejected, Unavailable, UserError
from bot.ports.events import Answer, Envelope, EnvelopeKind
from bot.ports.journal import InboxEntry

log = logging.getLogger(__name__)

# What a stranger does in passing is not worth a refusal in their face.
PASSING = frozenset({EnvelopeKind.REACTION, EnvelopeKind.REPLY, EnvelopeKind.HOME})

_MENTION = re.compile(r"<[@!][^<>]*>")


class Plugins(Protocol):
    """Whoever knows what is served at this moment."""

    @property
    def current(self) -> Registry: ...


class Dispatcher:
    """Runs the handlers of one envelope after the other's commit."""

    def __init__(self, plugins: Plugins, services: Services, overseer: Overseer | None = None) -> None:
        self._plugins = plugins
        self._services = services
        self._overseer = overseer

    def serves(self, envelope: Envelope) -> bool:
        """Say whether anybody here has to do with it. Of what people write in threads, only what stands, or may stand, below a message of ours is looked at."""
        if not self._plugins.current.serves(envelope):
            return False
        if envelope.kind is not EnvelopeKind.REPLY:
            return True
        with self._services.journal.read() as tx:
            return bool(tx.outbox.story_at(envelope.channel, envelope.thread_ts)) or tx.outbox.is_posting(envelope.channel)

    def find(self, envelope: Envelope, registry: Registry | None = None) -> list[Registered]:
        """Return the handlers that an envelope will run; none for a command that nobody serves."""
        registry = registry or self._plugins.current
        if envelope.kind not in (EnvelopeKind.COMMAND, EnvelopeKind.MENTION):
            return registry.find(envelope)
        found = registry.commands.get(self._split_command(envelope)[0])
        return [found] if found else []

    def handle(self, entry: InboxEntry, reply: Reply | None) -> None:
        """Run what serves an entry, answer the person whatever happens, and note in the inbox how it ended. A form that was refused meanwhile is let be."""
        if reply and not reply.begin():
            return
        envelope = entry.envelope
        registry = self._plugins.current  # another may take its place while this runs
        context = HandlerContext(self._services, envelope)
        context.take(registry)
        error = ""
        try:
            if is_repeatable(self.find(envelope, registry)):
                context.hold_words()  # else whoever is served twice after a crash would be told twice
            else:
                with self._services.journal.begin() as tx:
                    tx.inbox.begin(entry.id)
            self._run(context, registry)
        except FieldErrors as mistakes:
            if reply:
                # Before the answer: the person may send the mended form, which has the same key, at once.
                self._finish(entry, context, free_key=True)
                if reply.give(Answer({field: plain(text) for field, text in mistakes.errors.items()})):
                    return
            context.tell(Message.of(_lines(mistakes)))
        except UserError as refusal:
            self._refuse(context, reply, refusal.args[0] if refusal.args else str(refusal))
        except Unavailable as trouble:
            self._refuse(context, reply, md("{} Nothing was done: please try again.", str(trouble)))
        except (Rejected, OutcomeUnknown) as trouble:
            error = str(trouble)
            log.warning("handler.rejected", extra={"fields": {"name": envelope.name, "error": error}})
            self._refuse(context, reply, error)
        except JournalError as trouble:
            tell_trouble(log, "handler.journal", trouble, name=envelope.name)
            return
        except BaseException as crash:  # noqa: BLE001 - a crash in one plugin, or its sys.exit, is told and logged, and harms no other
            error = type(crash).__name__  # its text may hold a secret: that stands in the log alone, without it
            self._crashed(context, reply)
        finally:
            if reply:
                reply.give(Answer())
        self._finish(entry, context, error)

    def _finish(self, entry: InboxEntry, context: HandlerContext, error: str = "", *, free_key: bool = False) -> None:
        """Note the end of a handler, and what it said. A power cut may take the end of one back that will run again then, and say the same once more."""
        with self._services.journal.begin(lasting=not context.only_whispers or free_key) as tx:
            context.let_go(tx)
            tx.inbox.finish(entry.id, self._services.clock.now(), error, free_key=free_key)

    def _run(self, context: HandlerContext, registry: Registry) -> None:
        envelope = context.envelope
        if envelope.kind is not EnvelopeKind.TICK:
            verdict = self._services.permissions.member(envelope.user)
            if not verdict.passed and envelope.kind in PASSING:
                return
            let_through(verdict)
        if envelope.kind in (EnvelopeKind.COMMAND, EnvelopeKind.MENTION):
            self._run_command(context, registry)
            return
        asleep = registry.find_asleep(envelope)
        if asleep and not registry.find(envelope):
            raise UserError(_off(asleep.plugin, registry))
        for handler in registry.find(envelope):
            self._call(handler, context)

    def _run_command(self, context: HandlerContext, registry: Registry) -> None:
        envelope = context.envelope
        name, text = self._split_command(envelope)
        found = registry.commands.get(name)
        if found is None:
            if envelope.kind is EnvelopeKind.MENTION and envelope.thread_ts and self._answers_reply(context, registry):
                return
            raise UserError(self._unknown(name, envelope, registry))
        shown = f"@bot {name}" if envelope.kind is EnvelopeKind.MENTION else slash(self._services.configuration, name)
        arguments, flags = bind(found.handler, text, shown)
        self._invoke(found, context, *map(self._as_text, arguments), **{name: self._as_text(value) for name, value in flags.items()})

    def _as_text(self, argument: object) -> object:
        """Return what was typed with names in place of mentions, but for what is a mention alone: that stands for the person."""
        if not isinstance(argument, str) or _MENTION.fullmatch(argument):
            return argument
        return with_names(argument, self._services.permissions.name_of)

    def _unknown(self, name: str, envelope: Envelope, registry: Registry) -> Mrkdwn:
        """Say why nobody serves a command: its plugin is off, or broken, or there is none."""
        asleep = registry.find_asleep(envelope, name)
        if asleep:
            return _off(asleep.plugin, registry)
        if name in registry.why_off:
            return _off(name, registry)
        hint = did_you_mean(name, list(registry.commands))
        return md("I don't know {}.{} {} lists what I know.", code(name), hint, code(slash(self._services.configuration, "help")))

    def _invoke(self, found: Registered, context: HandlerContext, *arguments: object, **flags: object) -> object:
        """Call a handler, looked after while it runs."""
        context.serve(found.plugin)
        with self._overseer.running(found) if self._overseer else nullcontext():
            return found.handler(context, *arguments, **flags)

    def _answers_reply(self, context: HandlerContext, registry: Registry) -> bool:
        """Offer words in a thread that are no command ("@bot on it") to whoever serves replies."""
        return any(self._invoke(handler, context, context.envelope.text) for handler in registry.replies)

    def _split_command(self, envelope: Envelope) -> tuple[str, str]:
        """Return the command's name and its arguments. `/ops name …` and `@bot name …` reach every command, `/name …` its own."""
        words = envelope.text.strip()
        if envelope.kind is EnvelopeKind.COMMAND:
            name = command_of(self._services.configuration, envelope.name)
            if name != "ops":
                return name, words
        name, _, rest = words.removeprefix("/").partition(" ")
        if name.lower() == "ops":  # "@bot ops status" is "@bot status"
            name, _, rest = rest.strip().partition(" ")
        return name.lower() or "help", rest.strip()

    def _call(self, handler: Registered, context: HandlerContext) -> None:
        envelope = context.envelope
        match envelope.kind:
            case EnvelopeKind.CLICK:
                self._invoke(handler, context, envelope.value)
            case EnvelopeKind.SUBMISSION:
                self._invoke(handler, context, envelope.values)
            case EnvelopeKind.REPLY:
                self._invoke(handler, context, envelope.text)
            case EnvelopeKind.TICK if handler.each_watch:
                self._invoke(handler, context, self._watch(envelope.value))
            case _:
                self._invoke(handler, context)

    def _watch(self, name: str) -> Watch:
        watch = self._services.configuration.watch_named(name)
        if watch is None:
            raise UserError(f"There is no watch {name} any more.")
        return watch

    def _refuse(self, context: HandlerContext, reply: Reply | None, why: str) -> None:
        """Say no to the person, and to the log when there is no person."""
        if context.envelope.kind is EnvelopeKind.TICK:
            log.warning("job.failed", extra={"fields": {"job": context.envelope.name, "watch": context.envelope.value, "why": str(why)}})
            return
        if reply:
            reply.give(Answer())
        context.tell(Message.of(why))

    def _crashed(self, context: HandlerContext, reply: Reply | None) -> None:
        reference = secrets.token_hex(3)
        envelope = context.envelope
        log.exception("handler.crashed", extra={"fields": {"name": envelope.name, "kind": envelope.kind, "reference": reference}})
        if envelope.kind not in PASSING and envelope.kind is not EnvelopeKind.TICK:
            if reply:
                reply.give(Answer())
            context.tell(crash_line(envelope.name or envelope.text.partition(" ")[0], reference))


def is_repeatable(found: Sequence[Registered]) -> bool:
    """Say whether handlers may run again from their start: nothing then needs to be known about whether they had begun."""
    return bool(found) and all(handler.repeatable for handler in found)


def _off(plugin: str, registry: Registry) -> Mrkdwn:
    """Say that what was asked for belongs to a plugin that serves nothing now."""
    return md("That belongs to the plugin *{}*, which serves nothing now: {}.", plugin, registry.why_off.get(plugin, "it is off"))


def _lines(mistakes: FieldErrors) -> str:
    return join("\n", [escape(text) for text in mistakes.errors.values()])
