"""One message or view for each thing that a bot can show: what the page must be able to draw."""

from typing import Any

Block = dict[str, Any]


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def option(value: str, text: str = "") -> Block:
    return {"text": plain(text or value), "value": value}


def rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def rich_section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def rich_word(text: str, **style: bool) -> Block:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def sentence(text: str) -> Block:
    return rich(rich_section(rich_word(text)))


TEXT_BLOCKS: list[Block] = [
    {"type": "header", "text": plain("Release checkout 1.5.0 :rocket:")},
    {
        "type": "section",
        "text": mrkdwn(
            "*Bold* and _italic_ and ~gone~ and `inline code` by <@U0ANN> for <!subteam^S0LEADS> in <#C0CHECKOUT>,"
            " see <https://example.org/a|the label> &amp; &lt;not a tag&gt; :white_check_mark:\n> a quoted line\n```raw *not bold* <b>```"
        ),
    },
    {"type": "section", "fields": [mrkdwn("*Service*\ncheckout"), mrkdwn("*Environment*\nproduction"), mrkdwn("*Version*\n1.5.0")]},
    {
        "type": "section",
        "text": mrkdwn("A section with an accessory"),
        "accessory": {"type": "button", "text": plain("Details"), "action_id": "details", "value": "d"},
    },
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("Asked by <@U0BOB> · <!date^1764000000^{date_num} {time}|a date>"), plain("second part")]},
    {"type": "image", "image_url": "https://pictures.example.org/graph.png", "alt_text": "graph of errors", "title": plain("Errors")},
]

RICH_BLOCKS: list[Block] = [
    rich(
        rich_section(
            rich_word("rich bold", bold=True),
            rich_word(" rich code", code=True),
            {"type": "emoji", "name": "tada"},
            {"type": "user", "user_id": "U0DANA"},
            {"type": "usergroup", "usergroup_id": "S0RELEASERS"},
            {"type": "channel", "channel_id": "C0ALERTS"},
            {"type": "link", "url": "https://example.org/rich", "text": "rich link"},
            {"type": "broadcast", "range": "here"},
            {"type": "date", "timestamp": 1764000000, "format": "{date_num}", "fallback": "then"},
        ),
        {"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": [rich_section(rich_word("first item"))]},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [rich_section(rich_word("nested item"))]},
        {"type": "rich_text_quote", "elements": [rich_word("a rich quote")]},
        {"type": "rich_text_preformatted", "elements": [rich_word("Traceback <script>alert(1)</script>\n  line 2")]},
    ),
    {
        "type": "markdown",
        "text": "## A markdown heading\n\n- one **strong**\n- two\n  1. deep\n\n| a | b |\n|---|--:|\n| x | 12 |\n\n```\nfenced\n```\n> said",
    },
]

TABLE_BLOCKS: list[Block] = [
    {
        "type": "table",
        "column_settings": [{"align": "left", "is_wrapped": True}, {"align": "right"}],
        "rows": [
            [{"type": "raw_text", "text": "Fingerprint"}, {"type": "raw_text", "text": "Count"}],
            [{"type": "raw_text", "text": "timeout after <n> ms"}, {"type": "raw_text", "text": "412"}],
            [sentence("rich cell"), {"type": "raw_text", "text": "7"}],
        ],
    }
]

DATA_BLOCKS: list[Block] = [
    {
        "type": "data_table",
        "caption": "Slowest endpoints",
        "page_size": 3,
        "rows": [
            [{"type": "raw_text", "text": "Endpoint"}, {"type": "raw_text", "text": "p99 ms"}],
            *[
                [{"type": "raw_text", "text": f"/endpoint/{name}"}, {"type": "raw_number", "value": value, "text": f"{value}"}]
                for name, value in (("cart", 320), ("pay", 1200), ("ship", 90), ("find", 45))
            ],
        ],
    },
    *[
        {
            "type": "data_visualization",
            "title": f"Errors as {kind}",
            "chart": {
                "type": kind,
                "series": [
                    {"name": name, "data": [{"label": day, "value": value} for day, value in zip("ABCDE", values, strict=True)]}
                    for name, values in (("checkout", (3, 8, 5, 14, 9)), ("search", (2, 3, 9, 4, 6)))
                ],
                "axis_config": {"categories": list("ABCDE"), "y_label": "errors"},
            },
        }
        for kind in ("line", "bar")
    ],
]

MORE_DATA_BLOCKS: list[Block] = [
    {**DATA_BLOCKS[1], "title": "Errors as area", "chart": {**DATA_BLOCKS[1]["chart"], "type": "area"}},
    {
        "type": "data_visualization",
        "title": "Share by service",
        "chart": {
            "type": "pie",
            "segments": [{"label": "checkout", "value": 62}, {"label": "search", "value": 25}, {"label": "mail", "value": 13}],
        },
    },
]

_TASKS: list[Block] = [
    {"type": "task_card", "task_id": "t1", "title": "Check the gates", "status": "complete", "output": sentence("three gates are open")},
    {
        "type": "task_card",
        "task_id": "t2",
        "title": "Run release.yml",
        "status": "in_progress",
        "details": sentence("job build, step 3 of 7"),
    },
    {"type": "task_card", "task_id": "t3", "title": "Cut the tag", "status": "pending"},
    {"type": "task_card", "task_id": "t4", "title": "Tell the channel", "status": "error"},
]

PLAN_BLOCKS: list[Block] = [
    {"type": "plan", "title": "Release plan", "tasks": _TASKS},
    {**_TASKS[0], "task_id": "alone", "title": "A task by itself"},
]

CARD_BLOCKS: list[Block] = [
    {
        "type": "card",
        "title": plain("A card's title"),
        "subtitle": plain("its subtitle"),
        "body": mrkdwn("its *body*"),
        "actions": [{"type": "button", "text": plain("Card button"), "action_id": "card_button", "value": "c"}],
    },
    {
        "type": "container",
        "title": plain("A folded container"),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": [{"type": "section", "text": mrkdwn("inside the container")}],
    },
]

ACTION_BLOCKS: list[Block] = [
    {
        "type": "actions",
        "block_id": "buttons",
        "elements": [
            {"type": "button", "text": plain("Approve"), "style": "primary", "action_id": "approve", "value": "op-1"},
            {
                "type": "button",
                "text": plain("Roll back"),
                "style": "danger",
                "action_id": "roll_back",
                "value": "op-1",
                "confirm": {
                    "title": plain("Really?"),
                    "text": mrkdwn("*1.5.0* goes away."),
                    "confirm": plain("Do it"),
                    "deny": plain("Keep it"),
                },
            },
            {"type": "button", "text": plain("Open the docs"), "url": "https://example.org/docs", "action_id": "docs"},
            {"type": "overflow", "action_id": "more", "options": [option("mute", "Mute"), option("assign", "Assign")]},
        ],
    },
    {
        "type": "actions",
        "block_id": "choices",
        "elements": [
            {
                "type": "static_select",
                "action_id": "pick",
                "placeholder": plain("Pick a service"),
                "options": [option("checkout"), option("search")],
            },
            {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-23"},
            {"type": "users_select", "action_id": "who", "placeholder": plain("Pick a person")},
        ],
    },
]

ATTACHMENTS: list[Block] = [
    {"color": "#c9405a", "blocks": [{"type": "section", "text": mrkdwn("an attachment with *blocks*")}]},
    {"color": "good", "title": "An older attachment", "text": "with `text`", "fields": [{"title": "Key", "value": "value", "short": True}]},
]

ALL: list[list[Block]] = [TEXT_BLOCKS, RICH_BLOCKS, TABLE_BLOCKS, DATA_BLOCKS, MORE_DATA_BLOCKS, PLAN_BLOCKS, CARD_BLOCKS, ACTION_BLOCKS]


def form_view(note: str = "Every kind of field.") -> Block:
    """A modal with every kind of input."""

    def field(block_id: str, label: str, element: Block, **more: Any) -> Block:
        return {"type": "input", "block_id": block_id, "label": plain(label), "element": {"action_id": block_id, **element}, **more}

    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Release"),
        "submit": plain("Release it"),
        "close": plain("Not now"),
        "blocks": [
            {"type": "section", "block_id": "note", "text": mrkdwn(note)},
            field(
                "service",
                "Service",
                {"type": "static_select", "options": [option("checkout"), option("search")], "initial_option": option("checkout")},
            ),
            field("version", "Version", {"type": "plain_text_input", "placeholder": plain("1.5.0")}, hint=plain("A semantic version.")),
            field("finder", "Branch", {"type": "external_select", "min_query_length": 0}, optional=True),
            field(
                "regions",
                "Regions",
                {"type": "multi_static_select", "options": [option("eu"), option("us"), option("asia")]},
                optional=True,
            ),
            field("who", "Approver", {"type": "users_select"}, optional=True),
            field("where", "Announce in", {"type": "conversations_select"}, optional=True),
            field("day", "Day", {"type": "datepicker", "initial_date": "2026-11-23"}, optional=True),
            field("hour", "Time", {"type": "timepicker", "initial_time": "14:30"}, optional=True),
            field(
                "checks",
                "Checks",
                {"type": "checkboxes", "options": [option("tests", "Tests passed"), option("docs", "*Docs* written")]},
                optional=True,
            ),
            field(
                "speed",
                "Rollout",
                {
                    "type": "radio_buttons",
                    "options": [option("slow", "Slowly"), option("fast", "At once")],
                    "initial_option": option("slow", "Slowly"),
                },
            ),
            field("share", "Percent", {"type": "number_input", "is_decimal_allowed": False}, optional=True),
            field("mail", "Mail", {"type": "email_text_input"}, optional=True),
            field("page", "Page", {"type": "url_text_input"}, optional=True),
            field("notes", "Notes", {"type": "plain_text_input", "multiline": True}, optional=True),
        ],
    }
