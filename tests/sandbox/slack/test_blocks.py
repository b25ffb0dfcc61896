"""Block validation: at the limit and one beyond, judged side by side with slackblocks; messages with JSON pointers."""

import pytest
import slackblocks as sb

from sandbox.slack.blocks import check_message_blocks, check_options, check_view
from sandbox.slack.errors import SlackError


def plain(text="x"):
    return {"type": "plain_text", "text": text}


def mrkdwn(text="x"):
    return {"type": "mrkdwn", "text": text}


def option(n=0, text="x", value=None):
    return {"text": plain(text), "value": value or str(n)}


def button(n=0, text="x", **more):
    return {"type": "button", "action_id": f"a{n}", "text": plain(text), **more}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def rich(text="x"):
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}]}


def select(options, **more):
    return {"type": "static_select", "action_id": "s", "options": options, **more}


def table(rows, columns):
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


def data_table(rows, columns=2, **more):
    cells = [[{"type": "raw_text", "text": "x"}] * columns] * rows
    return {"type": "data_table", "caption": "c", "rows": cells, **more}


def chart(points=2, series=1, title="t"):
    labels = [str(n) for n in range(points)]
    data = [{"label": label, "value": 1} for label in labels]
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {
            "type": "line",
            "series": [{"name": f"s{n}", "data": data} for n in range(series)],
            "axis_config": {"categories": labels},
        },
    }


def plan(tasks):
    return {"type": "plan", "title": "p", "tasks": [{"task_id": str(n), "title": "t", "status": "pending"} for n in range(tasks)]}


def problems(block):
    try:
        check_message_blocks([block])
    except SlackError as error:
        return error.messages if error.code == "invalid_blocks" else [error.code]
    return []


def judged_by_slackblocks(build):
    """Return the dict that slackblocks renders, or None when it refuses to build it."""
    try:
        return build()._resolve()
    except sb.InvalidUsageError:
        return None


def point_list(points):
    return [sb.DataPoint(str(n), 1) for n in range(points)]


LIMITS = [
    ("section text", 3000, lambda n: {"type": "section", "text": mrkdwn("x" * n)}, lambda n: sb.SectionBlock(sb.Markdown("x" * n))),
    (
        "section fields",
        10,
        lambda n: {"type": "section", "fields": [mrkdwn()] * n},
        lambda n: sb.SectionBlock(fields=[sb.Markdown("x")] * n),
    ),
    (
        "field text",
        2000,
        lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]},
        lambda n: sb.SectionBlock(fields=[sb.Markdown("x" * n)]),
    ),
    ("header text", 150, lambda n: {"type": "header", "text": plain("x" * n)}, lambda n: sb.HeaderBlock("x" * n)),
    (
        "context elements",
        10,
        lambda n: {"type": "context", "elements": [mrkdwn()] * n},
        lambda n: sb.ContextBlock([sb.Markdown("x")] * n),
    ),
    (
        "actions elements",
        25,
        lambda n: actions(*(button(k) for k in range(n))),
        lambda n: sb.ActionsBlock([sb.Button("x", f"a{k}") for k in range(n)]),
    ),
    ("button text", 75, lambda n: actions(button(text="x" * n)), lambda n: sb.ActionsBlock([sb.Button("x" * n, "a")])),
    ("button value", 2000, lambda n: actions(button(value="x" * n)), lambda n: sb.ActionsBlock([sb.Button("x", "a", value="x" * n)])),
    (
        "action_id",
        255,
        lambda n: actions({**button(), "action_id": "x" * n}),
        lambda n: sb.ActionsBlock([sb.Button("x", "x" * n)]),
    ),
    ("block_id", 255, lambda n: {"type": "divider", "block_id": "x" * n}, lambda n: sb.DividerBlock(block_id="x" * n)),
    (
        "options",
        100,
        lambda n: actions(select([option(k) for k in range(n)])),
        lambda n: sb.ActionsBlock(
            [
                sb.StaticSelectMenu(
                    action_id="s", placeholder=sb.PlainText("p"), options=[sb.Option(sb.PlainText("x"), str(k)) for k in range(n)]
                )
            ]
        ),
    ),
    (
        "option text",
        75,
        lambda n: actions(select([option(text="x" * n)])),
        lambda n: sb.ActionsBlock(
            [sb.StaticSelectMenu(action_id="s", placeholder=sb.PlainText("p"), options=[sb.Option(sb.PlainText("x" * n), "v")])]
        ),
    ),
    (
        "option value",
        150,
        lambda n: actions(select([option(value="x" * n)])),
        lambda n: sb.ActionsBlock(
            [sb.StaticSelectMenu(action_id="s", placeholder=sb.PlainText("p"), options=[sb.Option(sb.PlainText("x"), "x" * n)])]
        ),
    ),
    (
        "overflow options",
        5,
        lambda n: actions({"type": "overflow", "action_id": "o", "options": [option(k) for k in range(n)]}),
        lambda n: sb.ActionsBlock([sb.OverflowMenu("o", [sb.Option(sb.PlainText("x"), str(k)) for k in range(n)])]),
    ),
    (
        "confirm title",
        100,
        lambda n: actions(button(confirm={"title": plain("x" * n), "text": plain(), "confirm": plain(), "deny": plain()})),
        lambda n: sb.ActionsBlock([sb.Button("x", "a", confirm=sb.Confirm("x" * n, "x", "x", "x"))]),
    ),
    (
        "confirm text",
        300,
        lambda n: actions(button(confirm={"title": plain(), "text": mrkdwn("x" * n), "confirm": plain(), "deny": plain()})),
        lambda n: sb.ActionsBlock([sb.Button("x", "a", confirm=sb.Confirm("x", "x" * n, "x", "x"))]),
    ),
    (
        "confirm button",
        30,
        lambda n: actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain("x" * n), "deny": plain()})),
        lambda n: sb.ActionsBlock([sb.Button("x", "a", confirm=sb.Confirm("x", "x", "x" * n, "x"))]),
    ),
    (
        "image alt text",
        2000,
        lambda n: {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "x" * n},
        lambda n: sb.ImageBlock("https://x.example/a.png", "x" * n),
    ),
    ("markdown text", 12_000, lambda n: {"type": "markdown", "text": "x" * n}, lambda n: sb.MarkdownBlock("x" * n)),
    ("table rows", 100, lambda n: table(n, 2), lambda n: sb.TableBlock([[sb.RawText("x")] * 2] * n)),
    ("table columns", 20, lambda n: table(2, n), lambda n: sb.TableBlock([[sb.RawText("x")] * n] * 2)),
    ("data table rows", 201, data_table, lambda n: sb.DataTableBlock([[sb.RawText("x")] * 2] * n, "c")),
    ("data table columns", 20, lambda n: data_table(2, n), lambda n: sb.DataTableBlock([[sb.RawText("x")] * n] * 2, "c")),
    (
        "chart title",
        50,
        lambda n: chart(title="x" * n),
        lambda n: sb.DataVisualizationBlock("x" * n, sb.LineChart([sb.DataSeries("s", point_list(2))], sb.AxisConfig(["0", "1"]))),
    ),
    (
        "chart points",
        20,
        chart,
        lambda n: sb.DataVisualizationBlock(
            "t", sb.LineChart([sb.DataSeries("s", point_list(n))], sb.AxisConfig([str(k) for k in range(n)]))
        ),
    ),
    ("plan tasks", 50, plan, lambda n: sb.PlanBlock("p", [sb.TaskCardBlock(str(k), "t", status="pending") for k in range(n)])),
    ("card title", 150, lambda n: {"type": "card", "title": plain("x" * n)}, lambda n: sb.CardBlock(title="x" * n)),
    ("card body", 200, lambda n: {"type": "card", "body": mrkdwn("x" * n)}, lambda n: sb.CardBlock(body="x" * n)),
    (
        "container children",
        10,
        lambda n: {"type": "container", "title": plain(), "child_blocks": [{"type": "divider"}] * n},
        lambda n: sb.ContainerBlock([sb.DividerBlock() for _ in range(n)], "x"),
    ),
]


@pytest.mark.parametrize(("limit", "own", "theirs"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS])
def test_the_limit_is_where_slackblocks_sees_it(limit, own, theirs):
    rendered = judged_by_slackblocks(lambda: theirs(limit))

    assert problems(own(limit)) == []
    assert rendered is not None
    assert problems(rendered) == []
    assert judged_by_slackblocks(lambda: theirs(limit + 1)) is None
    assert problems(own(limit + 1)) != []


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({}, "missing required field: type [json-pointer:/blocks/0]"),
        ({"type": "nonsense"}, "unsupported type: nonsense [json-pointer:/blocks/0/type]"),
        ({"type": "section"}, "must provide at least one of: text, fields [json-pointer:/blocks/0]"),
        ({"type": "section", "text": mrkdwn("")}, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ({"type": "section", "text": "x"}, "must provide an object [json-pointer:/blocks/0/text]"),
        ({"type": "header", "text": mrkdwn()}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
        ({"type": "divider", "color": "red"}, "invalid additional property: color [json-pointer:/blocks/0]"),
        ({"type": "actions", "elements": []}, "no fewer than 1 items required [json-pointer:/blocks/0/elements]"),
        (actions({"type": "button"}), "missing required field: text [json-pointer:/blocks/0/elements/0]"),
        (actions(button(style="green")), "must be one of primary, danger [json-pointer:/blocks/0/elements/0/style]"),
        (actions(button(url="no url")), "must be a valid value [json-pointer:/blocks/0/elements/0/url]"),
        (actions(button(1), button(1)), "`action_id` a1 already exists for another element in this block [json-pointer:/blocks/0]"),
        (
            actions(select([option()], option_groups=[{"label": plain(), "options": [option()]}])),
            "must provide exactly one of: options, option_groups [json-pointer:/blocks/0/elements/0]",
        ),
        (
            actions(select([option(1)], initial_option=option(2))),
            "`initial_option` must match one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
        ),
        (
            actions({"type": "datepicker", "action_id": "d", "initial_date": "1.5.2026"}),
            "must be a valid value [json-pointer:/blocks/0/elements/0/initial_date]",
        ),
        (actions({"type": "plain_text_input"}), "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
        ({"type": "data_table", "rows": data_table(2)["rows"]}, "missing required field: caption [json-pointer:/blocks/0]"),
        (chart(series=7), "no more than 6 items allowed [json-pointer:/blocks/0/chart/series]"),
        (
            {"type": "container", "title": plain(), "child_blocks": [{"type": "container", "title": plain(), "child_blocks": []}]},
            "unsupported type: container [json-pointer:/blocks/0/child_blocks/0/type]",
        ),
        (
            {"type": "container", "title": plain(), "child_blocks": [{"type": "divider"}], "default_collapsed": True},
            "`default_collapsed` requires `is_collapsible` [json-pointer:/blocks/0/default_collapsed]",
        ),
    ],
)
def test_a_wrong_block_is_refused_with_its_place(block, message):
    assert message in problems(block)


@pytest.mark.parametrize(
    "block",
    [
        rich(),
        {"type": "task_card", "task_id": "1", "title": "t", "status": "complete", "details": rich(), "output": rich()},
        {"type": "section", "text": mrkdwn(), "accessory": {"type": "overflow", "action_id": "o", "options": [option()]}},
        {"type": "section", "text": mrkdwn(), "accessory": {"type": "multi_users_select", "action_id": "u", "initial_users": ["U1"]}},
        {"type": "input", "label": plain(), "element": {"type": "number_input", "action_id": "n", "is_decimal_allowed": False}},
        {"type": "input", "label": plain(), "element": {"type": "email_text_input", "action_id": "n"}, "optional": True},
        {"type": "input", "label": plain(), "element": {"type": "radio_buttons", "action_id": "r", "options": [option()]}},
        actions({"type": "timepicker", "action_id": "t", "initial_time": "23:59"}, {"type": "users_select", "action_id": "u"}),
        {"type": "container", "title": plain(), "is_collapsible": True, "child_blocks": [rich(), actions(button())]},
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
        },
        data_table(3, page_size=10),
    ],
    ids=lambda block: block["type"],
)
def test_a_sound_block_passes(block):
    assert problems(block) == []


def test_block_ids_differ_within_a_message_containers_included():
    inner = {"type": "container", "title": plain(), "child_blocks": [{"type": "divider", "block_id": "b"}]}
    with pytest.raises(SlackError) as error:
        check_message_blocks([{"type": "divider", "block_id": "b"}, inner])

    assert error.value.messages == ["`block_id` b already exists [json-pointer:/blocks/1/child_blocks/0/block_id]"]


def test_a_message_holds_two_charts_and_fifty_blocks():
    check_message_blocks([chart()] * 2)
    check_message_blocks([{"type": "divider"}] * 50)
    with pytest.raises(SlackError, match="no more than 2 data_visualization"):
        check_message_blocks([chart()] * 3)
    with pytest.raises(SlackError, match="no more than 50 items"):
        check_message_blocks([{"type": "divider"}] * 51)


def test_the_answer_to_invalid_blocks_has_slacks_form():
    with pytest.raises(SlackError) as error:
        check_message_blocks([{"type": "divider", "x": 1}])

    problem = "invalid additional property: x [json-pointer:/blocks/0]"
    assert error.value.answer() == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [problem],
        "response_metadata": {"messages": [f"[ERROR] {problem}"]},
    }


def test_a_home_takes_no_title_and_a_modal_no_table():
    check_view({"type": "home", "blocks": [table(2, 2)]}, "home")
    with pytest.raises(SlackError, match="invalid additional property: title"):
        check_view({"type": "home", "blocks": [], "title": plain()}, "home")
    with pytest.raises(SlackError, match="unsupported type: table"):
        check_view({"type": "modal", "title": plain(), "blocks": [table(2, 2)]}, "modal")
    with pytest.raises(SlackError, match="expected a view of type home"):
        check_view({"type": "modal", "title": plain(), "blocks": []}, "home")


def test_only_one_field_may_take_the_focus():
    fields = [
        {"type": "input", "label": plain(), "element": {"type": "plain_text_input", "action_id": "a", "focus_on_load": True}}
        for _ in range(2)
    ]
    with pytest.raises(SlackError, match="focus_on_load"):
        check_view({"type": "modal", "title": plain(), "submit": plain(), "blocks": fields}, "modal")


def test_suggested_options_have_the_limits_of_menus():
    check_options({"options": [option(n) for n in range(100)]})
    with pytest.raises(SlackError):
        check_options({"options": [option(n) for n in range(101)]})
    with pytest.raises(SlackError):
        check_options(None)
