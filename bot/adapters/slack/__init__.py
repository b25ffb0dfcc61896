"""Slack: Socket Mode and the Web API, behind the ports `Chat` and `Receiver`."""

from bot.adapters.slack.chat import SlackChat
from bot.adapters.slack.edge import build_app
from bot.adapters.slack.identity import Identity
from bot.adapters.slack.socket import SlackSockets
from bot.adapters.slack.webapi import web_client

__all__ = ["Identity", "SlackChat", "SlackSockets", "build_app", "web_client"]
