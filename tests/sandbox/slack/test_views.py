"""Modals and the App Home: opened, updated, pushed, submitted, closed."""

import queue

import pytest

TITLE = {"type": "plain_text", "text": "Release"}


def option(value):
    return {"text": {"type": "plain_text", "text": value}, "value": value}


def field(block_id, element, **more):
    element = {"action_id": "value", **element}
    return {"type": "input", "block_id": block_id, "label": {"type": "plain_text", "text": block_id}, "element": element, **more}


def modal(**more):
    view = {
        "type": "modal",
        "callback_id": "release",
        "title": TITLE,
        "submit": {"type": "plain_text", "text": "Go"},
        "blocks": [
            field(
                "service",
                {"type": "static_select", "options": [option("checkout"), option("search")], "initial_option": option("checkout")},
            ),
            field("version", {"type": "plain_text_input", "initial_value": "1.5.0"}),
            field("notes", {"type": "plain_text_input", "multiline": True}, optional=True),
        ],
    }
    return {**view, **more}


@pytest.fixture
def got():
    return queue.Queue()


@pytest.fixture
def opening(bot, sandbox):
    """Open a view by /release; returns what views.open answered or the error."""
    answers: queue.Queue = queue.Queue()

    def prepare(view):
        @bot.app.command("/release")
        async def release(ack, body, client):
            await ack()
            answers.put((body["trigger_id"], await client.views_open(trigger_id=body["trigger_id"], view=view)))

        bot.connect()
        sandbox.ann.types("/release")
        return answers.get(timeout=5)

    return prepare


def test_a_modal_opens_for_the_person_who_typed_and_shows_its_initial_values(sandbox, opening):
    _, answer = opening(modal(private_metadata="m"))

    view = sandbox.ann.modal
    assert view["id"] == answer["view"]["id"] == view["root_view_id"]
    assert view["state"]["values"]["service"]["value"]["selected_option"]["value"] == "checkout"
    assert (view["private_metadata"], view["app_id"], view["hash"]) == ("m", "A0CHATOPS", answer["view"]["hash"])
    assert sandbox.bob.modals == []
    assert "version: <1.5.0>" in sandbox.ann.reads(view)


def test_a_submission_carries_every_value_and_an_empty_ack_closes_the_modal(sandbox, bot, got, opening):
    @bot.app.view("release")
    async def submitted(ack, body):
        got.put(body)
        await ack()

    opening(modal())
    assert sandbox.ann.submits({"service": "search", "version": "2.0.0"}) == {}

    values = got.get(timeout=5)["view"]["state"]["values"]
    assert values["service"]["value"]["selected_option"]["value"] == "search"
    assert values["version"]["value"] == {"type": "plain_text_input", "value": "2.0.0"}
    assert values["notes"]["value"]["value"] is None
    assert sandbox.ann.modals == []


def test_errors_come_back_at_their_fields_and_the_modal_stays(sandbox, bot, opening):
    @bot.app.view("release")
    async def submitted(ack):
        await ack(response_action="errors", errors={"version": "Not a version."})

    opening(modal())

    assert sandbox.ann.submits({"version": "x"}) == {"version": "Not a version."}
    assert sandbox.ann.modal["state"]["values"]["version"]["value"]["value"] == "x"


def test_errors_for_a_field_that_is_not_there_are_an_error_of_the_app(sandbox, bot, opening):
    @bot.app.view("release")
    async def submitted(ack):
        await ack(response_action="errors", errors={"nonsense": "x"})

    opening(modal())

    with pytest.raises(AssertionError, match="invalid_errors"):
        sandbox.ann.submits()


def test_slacks_client_itself_wants_required_fields(sandbox, bot, opening):
    opening(modal())

    assert sandbox.ann.submits({"version": ""}) == {"version": "Please complete this required field."}
    assert sandbox.record("socket", "interactive") == []


def test_a_submission_can_update_push_and_clear(sandbox, bot, opening):
    @bot.app.view("release")
    async def first(ack):
        await ack(response_action="push", view=modal(callback_id="second", title={"type": "plain_text", "text": "Sure?"}))

    @bot.app.view("second")
    async def second(ack):
        await ack(response_action="update", view=modal(callback_id="third", title={"type": "plain_text", "text": "Really?"}))

    @bot.app.view("third")
    async def third(ack):
        await ack(response_action="clear")

    opening(modal())
    sandbox.ann.submits()
    assert [view["title"]["text"] for view in sandbox.ann.modals] == ["Release", "Sure?"]
    assert sandbox.ann.modal["previous_view_id"] == sandbox.ann.modals[0]["id"]
    sandbox.ann.submits()
    assert [view["title"]["text"] for view in sandbox.ann.modals] == ["Release", "Really?"]
    sandbox.ann.submits()
    assert sandbox.ann.modals == []


def test_an_update_keeps_what_was_entered_where_the_ids_stay(sandbox, bot, slack, got, opening):
    @bot.app.action("value")
    async def changed(ack, body):
        got.put(body)
        await ack()

    view = modal()
    view["blocks"][0]["dispatch_action"] = True
    opening(view)
    sandbox.ann.chooses(sandbox.ann.modal, "version", "9.9.9")
    sandbox.ann.chooses(sandbox.ann.modal, "service", "search")

    body = got.get(timeout=5)
    assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
    assert body["view"]["state"]["values"]["version"]["value"]["value"] == "9.9.9"
    assert len(sandbox.record("socket", "interactive")) == 1, "only a field with dispatch_action tells the app at once"
    slack.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=modal(title={"type": "plain_text", "text": "Changed"}))
    assert sandbox.ann.modal["title"]["text"] == "Changed"
    assert sandbox.ann.modal["state"]["values"]["version"]["value"]["value"] == "9.9.9"


def test_an_old_hash_conflicts_and_an_unknown_view_is_not_found(sandbox, slack, refused, opening):
    _, answer = opening(modal())
    view = answer["view"]
    slack.views_update(view_id=view["id"], hash=view["hash"], view=modal())

    assert refused(slack.views_update, view_id=view["id"], hash=view["hash"], view=modal()) == "hash_conflict"
    assert refused(slack.views_update, view_id="V0NONE", view=modal()) == "not_found"


def test_a_trigger_serves_once_and_for_three_seconds(sandbox, bot, slack, got, refused, opening):
    trigger_id, _ = opening(modal())
    assert refused(slack.views_open, trigger_id=trigger_id, view=modal()) == "exchanged_trigger_id"
    assert refused(slack.views_open, trigger_id="1.2.3", view=modal()) == "invalid_trigger_id"

    @bot.app.command("/ops")
    async def ops(ack, body):
        got.put(body["trigger_id"])
        await ack()

    sandbox.ann.types("/ops")
    sandbox.clock(3.1)
    assert refused(slack.views_open, trigger_id=got.get(timeout=5), view=modal()) == "expired_trigger_id"


def test_three_views_are_the_most_and_external_ids_serve_once(sandbox, bot, slack, got, refused, opening):
    @bot.app.action("deeper")
    async def deeper(ack, body):
        got.put(body["trigger_id"])
        await ack()

    deep = modal(external_id="e1")
    deep["blocks"].append(
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Deeper"}, "action_id": "deeper"}]}
    )

    def trigger():
        sandbox.ann.clicks(sandbox.ann.modal, "Deeper")
        return got.get(timeout=5)

    opening(deep)
    assert refused(slack.views_push, trigger_id=trigger(), view=deep) == "duplicate_external_id"
    for name in ("e2", "e3"):
        slack.views_push(trigger_id=trigger(), view={**deep, "external_id": name})
    assert refused(slack.views_push, trigger_id=trigger(), view={**deep, "external_id": "e4"}) == "push_limit_reached"
    slack.views_update(external_id="e2", view={**deep, "external_id": "e2", "title": {"type": "plain_text", "text": "Middle"}})
    assert [view["title"]["text"] for view in sandbox.ann.modals] == ["Release", "Middle", "Release"]


def test_closing_tells_the_app_only_when_it_asked_for_that(sandbox, bot, got, opening):
    @bot.app.view_closed("release")
    async def closed(ack, body):
        got.put(body)
        await ack()

    opening(modal(notify_on_close=True))
    sandbox.ann.closes()
    body = got.get(timeout=5)
    assert (body["type"], body["is_cleared"], body["view"]["callback_id"]) == ("view_closed", False, "release")
    assert sandbox.ann.modals == []


def test_an_external_select_offers_what_the_app_suggests(sandbox, bot, got, opening):
    @bot.app.options("value")
    async def suggest(ack, body):
        got.put(body)
        await ack(options=[option(name) for name in ("checkout", "checkin", "search") if body["value"] in name])

    @bot.app.view("release")
    async def submitted(ack, body):
        got.put(body)
        await ack()

    opening(modal(blocks=[field("service", {"type": "external_select"})]))
    offered = sandbox.ann.searches(sandbox.ann.modal, "value", "check")

    assert [each["value"] for each in offered] == ["checkout", "checkin"]
    assert got.get(timeout=5)["type"] == "block_suggestion"
    assert sandbox.ann.submits({"service": "checkin"}) == {}
    assert got.get(timeout=5)["view"]["state"]["values"]["service"]["value"]["selected_option"]["value"] == "checkin"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": {"type": "plain_text", "text": "x" * 25}}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        ({"submit": None}, "missing required field: submit [json-pointer:/view]"),
        ({"private_metadata": "x" * 3001}, "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        ({"nonsense": 1}, "invalid additional property: nonsense [json-pointer:/view]"),
        ({"blocks": [{"type": "divider"}] * 101}, "no more than 100 items allowed [json-pointer:/view/blocks]"),
        ({"blocks": [{"type": "markdown", "text": "x"}]}, "unsupported type: markdown [json-pointer:/view/blocks/0/type]"),
    ],
)
def test_a_view_beyond_the_limits_is_refused_with_the_place(slack, change, message):
    from slack_sdk.errors import SlackApiError

    view = {name: value for name, value in modal(**change).items() if value is not None}
    with pytest.raises(SlackApiError) as error:
        slack.views_open(trigger_id="1.2.3", view=view)

    assert error.value.response["error"] == "invalid_arguments"
    assert f"[ERROR] {message}" in error.value.response["response_metadata"]["messages"]


def test_a_view_too_large_is_refused(slack, refused):
    view = modal(blocks=[{"type": "section", "text": {"type": "plain_text", "text": "ü" * 2900}}] * 90)

    assert refused(slack.views_open, trigger_id="1.2.3", view=view) == "view_too_large"
