"""The whole surface that a plugin may import: how it declares what it serves, what it is given, and what it answers with."""

from bot.core.alert_asks import Ask, Deed, read_ask, read_id, says_given_back, says_taken, says_taken_over
from bot.core.alert_card import alert_brief, alert_line
from bot.core.alert_talk import told_by
from bot.core.alert_words import clock_time, what_is_wrong
from bot.core.alerts import Alert, AlertState, by_urgency
from bot.core.blocks import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    divider,
    fields,
    header,
    home,
    input_field,
    modal,
    option,
    preformatted,
    section,
    sections,
    select,
    text_input,
)
from bot.core.configuration import CHANNEL_ID, Configuration, Environment, Service, Watch
from bot.core.durations import parse_duration, say_ago, say_duration, until_clock, write_duration
from bot.core.freeze import frozen_until
from bot.core.gates import Gate, Verdict
from bot.core.hints import did_you_mean
from bot.core.live import Live, live_lines
from bot.core.lock_card import lock_buttons, lock_line, unknown_line
from bot.core.locks import Lock
from bot.core.markup import Mrkdwn, code, escape, join, link, md, mention, plain, pre, shorten
from bot.core.operation_buttons import sure_to_approve
from bot.core.operation_words import operation_line
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.plurals import counted
from bot.core.preview import Preview
from bot.core.requests import OperationRequest, Prepared
from bot.core.rollback_card import rollback_preview
from bot.core.rollbacks import PastDeployment, RollbackPreview
from bot.core.schemes import Scheme, Suggestion
from bot.core.timeline import TimelineEntry, TimelineQuery
from bot.core.versions import Version, parse_version
from bot.core.windows import FingerprintCount, Window
from bot.handles.alerts import AlertsApi, WatchesApi
from bot.handles.context import Command, Context
from bot.handles.digest import DigestApi
from bot.handles.live import LiveApi
from bot.handles.locks import LocksApi
from bot.handles.operations import ApprovalsApi, OperationsApi, Proposal, UnknownsApi
from bot.handles.plugin import Plugin, Registered, Values
from bot.handles.plugins import PluginsApi, PluginState, PluginStatus, Storage, Stored
from bot.handles.release_form import ReleaseForm, say_started, start_all
from bot.handles.reviews import ReviewsApi
from bot.handles.rollbacks import RollbackOffer, RollbacksApi
from bot.handles.runs import RunsApi
from bot.handles.timeline import TimelineApi, TimelinePage
from bot.ports.errors import FieldErrors, Rejected, Unavailable, UserError
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.github import Run
from bot.ports.journal import Json
from bot.ports.locks import LockHeld

__all__ = [
    "CHANNEL_ID",
    "Alert",
    "AlertState",
    "AlertsApi",
    "ApprovalsApi",
    "Ask",
    "Block",
    "Command",
    "Configuration",
    "Context",
    "Deed",
    "DigestApi",
    "Envelope",
    "EnvelopeKind",
    "Environment",
    "FieldErrors",
    "FingerprintCount",
    "Gate",
    "Json",
    "Live",
    "LiveApi",
    "Lock",
    "LockHeld",
    "LocksApi",
    "Message",
    "Mrkdwn",
    "Operation",
    "OperationKind",
    "OperationRequest",
    "OperationState",
    "OperationsApi",
    "PastDeployment",
    "Plugin",
    "PluginState",
    "PluginStatus",
    "PluginsApi",
    "Prepared",
    "Preview",
    "Proposal",
    "Registered",
    "Rejected",
    "ReleaseForm",
    "ReviewsApi",
    "RollbackOffer",
    "RollbackPreview",
    "RollbacksApi",
    "Run",
    "RunsApi",
    "Scheme",
    "Service",
    "Storage",
    "Stored",
    "Suggestion",
    "TimelineApi",
    "TimelineEntry",
    "TimelinePage",
    "TimelineQuery",
    "Unavailable",
    "UnknownsApi",
    "UserError",
    "Values",
    "Verdict",
    "Version",
    "Watch",
    "WatchesApi",
    "Window",
    "actions",
    "alert_brief",
    "alert_line",
    "button",
    "by_urgency",
    "clock_time",
    "code",
    "confirm",
    "context",
    "counted",
    "did_you_mean",
    "divider",
    "escape",
    "fields",
    "frozen_until",
    "header",
    "home",
    "input_field",
    "join",
    "link",
    "live_lines",
    "lock_buttons",
    "lock_line",
    "md",
    "mention",
    "modal",
    "operation_line",
    "option",
    "parse_duration",
    "parse_version",
    "plain",
    "pre",
    "preformatted",
    "read_ask",
    "read_id",
    "rollback_preview",
    "say_ago",
    "say_duration",
    "say_started",
    "says_given_back",
    "says_taken",
    "says_taken_over",
    "section",
    "sections",
    "select",
    "shorten",
    "start_all",
    "sure_to_approve",
    "text_input",
    "told_by",
    "unknown_line",
    "until_clock",
    "what_is_wrong",
    "write_duration",
]
