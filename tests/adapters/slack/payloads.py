"""Complete payloads as Slack sends them, the ids our sandbox's. Each call makes a new one, changed as the arguments say."""

from typing import Any

Json = dict[str, Any]

BOT_USER = "U0CHATOPS"


def command(**changes: Any) -> Json:
    return {
        "token": "gIkuvaNzQIHg97ATvDxqgjtO",
        "team_id": "T0ACME",
        "team_domain": "acme",
        "channel_id": "C0CHECKOUT",
        "channel_name": "checkout",
        "user_id": "U0ANN",
        "user_name": "ann",
        "command": "/release",
        "text": "checkout 1.5.0 production",
        "api_app_id": "A0CHATOPS",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0ACME/10/x",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        **changes,
    }


def event(inner: Json, **changes: Any) -> Json:
    return {
        "token": "gIkuvaNzQIHg97ATvDxqgjtO",
        "team_id": "T0ACME",
        "context_team_id": "T0ACME",
        "context_enterprise_id": None,
        "api_app_id": "A0CHATOPS",
        "event": inner,
        "type": "event_callback",
        "event_id": "Ev0PV52K25",
        "event_time": 1763900000,
        "authorizations": [
            {"enterprise_id": None, "team_id": "T0ACME", "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6ImFwcF9tZW50aW9uIn0",
        **changes,
    }


def message(**changes: Any) -> Json:
    return {
        "type": "message",
        "client_msg_id": "8c3a2b1e-9a44-4f3d-9b3d-0d2d1ea6bd45",
        "user": "U0ANN",
        "text": "looks good to me",
        "ts": "1763900010.000200",
        "team": "T0ACME",
        "blocks": [],
        "channel": "C0CHECKOUT",
        "event_ts": "1763900010.000200",
        "channel_type": "channel",
        **changes,
    }


def mention(**changes: Any) -> Json:
    body = message(type="app_mention", text=f"<@{BOT_USER}> release checkout 1.5.0", **changes)
    del body["channel_type"]
    return body


def reaction(**changes: Any) -> Json:
    return {
        "type": "reaction_added",
        "user": "U0ANN",
        "reaction": "white_check_mark",
        "item": {"type": "message", "channel": "C0ALERTS", "ts": "1763900001.000100"},
        "item_user": BOT_USER,
        "event_ts": "1763900020.000300",
        **changes,
    }


def home(**changes: Any) -> Json:
    return {
        "type": "app_home_opened",
        "user": "U0ANN",
        "channel": "D0ANN",
        "tab": "home",
        "view": {"id": "V0HOME", "type": "home", "hash": "1763900000.abc", "blocks": []},
        "event_ts": "1763900030.000400",
        **changes,
    }


def _interaction(kind: str, **changes: Any) -> Json:
    return {
        "type": kind,
        "user": {"id": "U0ANN", "username": "ann", "name": "ann", "team_id": "T0ACME"},
        "api_app_id": "A0CHATOPS",
        "token": "gIkuvaNzQIHg97ATvDxqgjtO",
        "trigger_id": "10081089204931.738474920.bd5bbea0d3c2c7a1fbf1",
        "team": {"id": "T0ACME", "domain": "acme"},
        "enterprise": None,
        "is_enterprise_install": False,
        **changes,
    }


def click_in_message(action: Json | None = None, **changes: Any) -> Json:
    button = {
        "type": "button",
        "block_id": "gates",
        "action_id": "release.approve",
        "text": {"type": "plain_text", "text": "Approve", "emoji": True},
        "value": "op-42",
        "style": "primary",
        "action_ts": "1763900040.000500",
    }
    return _interaction(
        "block_actions",
        **{
            "container": {
                "type": "message",
                "message_ts": "1763900002.000100",
                "channel_id": "C0OPS",
                "is_ephemeral": False,
                "thread_ts": "1763900001.000100",
            },
            "channel": {"id": "C0OPS", "name": "ops"},
            "message": {"type": "message", "user": BOT_USER, "ts": "1763900002.000100", "bot_id": "B0CHATOPS", "text": "Release?"},
            "state": {"values": {}},
            "response_url": "https://hooks.slack.com/actions/T0ACME/11/y",
            "actions": [action or button],
            **changes,
        },
    )


STATE: Json = {
    "values": {
        "service": {
            "pick": {"type": "static_select", "selected_option": {"text": {"type": "plain_text", "text": "checkout"}, "value": "checkout"}}
        },
        "version": {"typed": {"type": "plain_text_input", "value": "1.5.0"}},
        "note": {"typed": {"type": "plain_text_input", "value": None}},
        "environment": {"pick": {"type": "static_select", "selected_option": None}},
        "checks": {"boxes": {"type": "checkboxes", "selected_options": [{"value": "tests"}, {"value": "lint"}]}},
        "who": {"pick": {"type": "users_select", "selected_user": "U0BOB"}},
        "reviewers": {"pick": {"type": "multi_users_select", "selected_users": ["U0BOB", "U0RIA"]}},
        "day": {"pick": {"type": "datepicker", "selected_date": "2026-12-24"}},
        "moment": {"pick": {"type": "datetimepicker", "selected_date_time": 1763900000}},
    }
}

VALUES: Json = {
    "service": "checkout",
    "version": "1.5.0",
    "note": "",
    "environment": "",
    "checks": ["tests", "lint"],
    "who": "U0BOB",
    "reviewers": ["U0BOB", "U0RIA"],
    "day": "2026-12-24",
    "moment": "1763900000",
}


def view(**changes: Any) -> Json:
    return {
        "id": "V0MODAL",
        "team_id": "T0ACME",
        "type": "modal",
        "blocks": [],
        "private_metadata": '{"thread": "1763900001.000100"}',
        "callback_id": "release.form",
        "state": STATE,
        "hash": "1763900050.f00",
        "title": {"type": "plain_text", "text": "Release"},
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": {"type": "plain_text", "text": "Release"},
        "previous_view_id": None,
        "root_view_id": "V0MODAL",
        "app_id": "A0CHATOPS",
        "external_id": "",
        "app_installed_team_id": "T0ACME",
        "bot_id": "B0CHATOPS",
        **changes,
    }


def click_in_view(action: Json, **changes: Any) -> Json:
    return _interaction(
        "block_actions", **{"container": {"type": "view", "view_id": "V0MODAL"}, "view": view(), "actions": [action], **changes}
    )


def submission(**changes: Any) -> Json:
    return _interaction("view_submission", **{"view": view(), "response_urls": [], **changes})


def view_closed(**changes: Any) -> Json:
    body = _interaction("view_closed", **{"view": view(), "is_cleared": False, **changes})
    del body["trigger_id"]
    return body


def shortcut(**changes: Any) -> Json:
    return _interaction("shortcut", **{"callback_id": "release", "action_ts": "1763900060.000600", **changes})


def message_shortcut(**changes: Any) -> Json:
    return _interaction(
        "message_action",
        **{
            "callback_id": "acknowledge",
            "action_ts": "1763900060.000600",
            "channel": {"id": "C0ALERTS", "name": "alerts"},
            "message_ts": "1763900001.000100",
            "message": {"type": "message", "user": "U0BOB", "ts": "1763900001.000100", "text": "5xx &gt; 2% in <#C0CHECKOUT|checkout>"},
            "response_url": "https://hooks.slack.com/app/T0ACME/12/z",
            **changes,
        },
    )


def suggestion(**changes: Any) -> Json:
    body = _interaction(
        "block_suggestion",
        **{
            "container": {"type": "view", "view_id": "V0MODAL"},
            "view": view(),
            "action_id": "pick",
            "block_id": "service",
            "value": "chec",
            **changes,
        },
    )
    del body["trigger_id"]
    return body
