"""Block Kit, the few blocks that we send: text is escaped and kept within Slack's limits, a cut always visible.

Source of the limits: https://docs.slack.dev/reference/block-kit/blocks, and shared facts measured against the API.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.core.markup import Mrkdwn, escape, join, shorten

Block: TypeAlias = Mapping[str, object]

SECTION_TEXT = 3000
HEADER_TEXT = 150
BUTTON_TEXT = 75
OPTION_TEXT = 75
OPTIONS = 100
BLOCK_ID = 255
TYPED = 3000  # the longest text that a field of a form takes
MODAL_TITLE = 24
CONTEXT_ELEMENTS = 10
VIEW_BLOCKS = 100


@dataclass(frozen=True, slots=True)
class Message:
    """What is shown: blocks, and the text for notifications and for readers without blocks."""

    text: Mrkdwn
    blocks: tuple[Block, ...] = ()

    @classmethod
    def of(cls, text: str, *blocks: Block) -> "Message":
        """Make a message; a plain `str` is escaped, Mrkdwn is taken as it is."""
        return cls(escape(text), tuple(blocks))


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": shorten(text, limit) or " ", "emoji": True}


def _mrkdwn(text: str, limit: int = SECTION_TEXT) -> Block:
    return {"type": "mrkdwn", "text": cut_markup(escape(text), limit) or " ", "verbatim": True}


def cut_markup(markup: Mrkdwn, limit: int) -> str:
    """Cut markup without leaving half an entity or half a link at its end."""
    if len(markup) <= limit:
        return markup
    cut = markup[: limit - 4]
    for opening, closing in (("<", ">"), ("&", ";")):
        if cut.rfind(opening) > cut.rfind(closing):
            cut = cut[: cut.rfind(opening)]
    fence = "```" if cut.count("```") % 2 else ""
    return cut.rstrip() + ("…" if not fence else "…" + fence)


def header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, HEADER_TEXT)}


def section(text: str, accessory: Block | None = None, block_id: str = "") -> Block:
    block: dict[str, object] = {"type": "section", "text": _mrkdwn(text)}
    if accessory:
        block["accessory"] = accessory
    return _identified(block, block_id)


def sections(lines: Sequence[Mrkdwn]) -> list[Block]:
    """Put lines into as few sections as hold them; none is cut that fits into one."""
    packed: list[list[Mrkdwn]] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if not packed or length > SECTION_TEXT:
            packed.append([])
            length = len(line) + 1
        packed[-1].append(line)
    return [section(join("\n", held)) for held in packed]


def fields(*texts: str) -> Block:
    """Show up to ten short texts in two columns."""
    return {"type": "section", "fields": [_mrkdwn(text, 2000) for text in texts[:10]]}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text) for text in texts[:CONTEXT_ELEMENTS]]}


def divider() -> Block:
    return {"type": "divider"}


def preformatted(text: str, limit: int = SECTION_TEXT) -> Block:
    """Show text as it is, in a fixed font, with no markup read in it. What is too long loses its beginning: the end of a log tells most."""
    shown = text if len(text) <= limit else "…" + text[-(limit - 1) :]
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": shown or " "}]}]}


def actions(*elements: Block, block_id: str = "") -> Block:
    return _identified({"type": "actions", "elements": list(elements[:25])}, block_id)


def button(text: str, action_id: str, value: str = "", style: str = "", url: str = "", confirm: Block | None = None) -> Block:
    """Make a button. `style` is "", "primary" or "danger"; with `url` it opens that address."""
    block: dict[str, object] = {"type": "button", "text": _plain(text, BUTTON_TEXT), "action_id": action_id}
    block.update({key: given for key, given in (("value", value), ("style", style), ("url", url), ("confirm", confirm)) if given})
    return block


def confirm(title: str, text: str, yes: str, no: str = "Go back") -> Block:
    return {"title": _plain(title, 100), "text": _plain(text, 300), "confirm": _plain(yes, 30), "deny": _plain(no, 30)}


def option(text: str, value: str, description: str = "") -> Block:
    made: dict[str, object] = {"text": _plain(text, OPTION_TEXT), "value": value}
    if description:
        made["description"] = _plain(description, OPTION_TEXT)
    return made


def select(action_id: str, options: Sequence[Block], initial: str = "", placeholder: str = "") -> Block:
    """Let one of at most 100 options be chosen; `initial` is the value of the one that is chosen already.

    Raises:
        ValueError: there are no options, or more than Slack takes: nothing is left out in silence.
    """
    if not 1 <= len(options) <= OPTIONS:
        raise ValueError(f"A select takes 1 to {OPTIONS} options, not {len(options)}.")
    chosen = next((o for o in options if o["value"] == initial), None)
    block: dict[str, object] = {"type": "static_select", "action_id": action_id, "options": list(options)}
    if chosen:
        block["initial_option"] = chosen
    if placeholder:
        block["placeholder"] = _plain(placeholder, 150)
    return block


def multi_select(action_id: str, options: Sequence[Block], initial: Collection[str] = (), placeholder: str = "") -> Block:
    """Let several of at most 100 options be chosen; `initial` are the values of those that are chosen already."""
    one = dict(select(action_id, options, "", placeholder))
    chosen = [o for o in options if o["value"] in initial]
    return {**one, "type": "multi_static_select", **({"initial_options": chosen} if chosen else {})}


def checkbox(action_id: str, label: str, ticked: bool = False) -> Block:
    """Make one box to tick; its value is a list with "true" in it, or an empty one."""
    made = option(label, "true")
    return {"type": "checkboxes", "action_id": action_id, "options": [made], **({"initial_options": [made]} if ticked else {})}


def number_input(action_id: str, initial: str = "") -> Block:
    made: dict[str, object] = {"type": "number_input", "action_id": action_id, "is_decimal_allowed": True}
    return {**made, "initial_value": initial} if initial else made


def text_input(action_id: str, initial: str = "", placeholder: str = "", multiline: bool = False) -> Block:
    block: dict[str, object] = {"type": "plain_text_input", "action_id": action_id, "multiline": multiline}
    if initial:
        block["initial_value"] = initial
    if placeholder:
        block["placeholder"] = _plain(placeholder, 150)
    return block


def input_field(block_id: str, label: str, element: Block, hint: str = "", optional: bool = False, tells_at_once: bool = False) -> Block:
    """Put an element with its label into a modal. `tells_at_once` sends an action as soon as something is chosen."""
    block: dict[str, object] = {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label, 2000),
        "element": element,
        "optional": optional,
        "dispatch_action": tells_at_once,
    }
    if hint:
        block["hint"] = _plain(hint, 2000)
    return block


def modal(callback_id: str, title: str, blocks: Sequence[Block], submit: str = "", private_metadata: str = "") -> Block:
    """Make a modal. Without `submit` it can only be closed."""
    view: dict[str, object] = {
        "type": "modal",
        "callback_id": callback_id,
        "title": _plain(title, MODAL_TITLE),
        "close": _plain("Cancel" if submit else "Close", MODAL_TITLE),
        "blocks": list(blocks[:VIEW_BLOCKS]),
        "private_metadata": private_metadata,
    }
    if submit:
        view["submit"] = _plain(submit, MODAL_TITLE)
    return view


def home(blocks: Sequence[Block]) -> Block:
    return {"type": "home", "blocks": list(blocks[:VIEW_BLOCKS])}


def _identified(block: dict[str, object], block_id: str) -> Block:
    if block_id:
        block["block_id"] = block_id
    return block
