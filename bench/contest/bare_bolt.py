"""A bare Bolt bot, as its documentation shows it: one `/ping` that acks and answers. `python -m bench.contest.bare_bolt` with the tokens in the environment."""

import logging
import os

from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

# It says so when its connection is lost; what it says on the way is not of interest.
logging.basicConfig(level=logging.ERROR)

app = App(client=WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]))


@app.command("/ping")
def ping(ack: Ack, respond: Respond, command: dict[str, str]) -> None:
    """Ack, and answer."""
    ack()
    respond(f"pong {command['text']}")


if __name__ == "__main__":
    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()  # type: ignore[no-untyped-call]
