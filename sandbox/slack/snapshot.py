"""The workspace in one piece, for the page and the tests."""

from typing import Any

from sandbox.slack.parts import Parts
from sandbox.slack.people import Seen
from sandbox.slack.state import APP, APP_NAME, BOT, BOT_USER, TEAM, TEAM_DOMAIN, TEAM_NAME, Channel, Person

LAST_NOTICES = 20


def snapshot(slack: Parts, user: str | None) -> dict[str, Any]:
    """Return what a person sees; None: everything.

    Raises:
        Refusal: nobody is called so.
    """
    seen = Seen.by(slack, user) if user else None
    me = seen.person if seen else None
    channels = seen.channels() if seen else list(slack.workspace.channels.values())
    home = slack.views.home(me.id) if me else None
    return {
        "team": {"id": TEAM, "name": TEAM_NAME, "domain": TEAM_DOMAIN},
        "app": {"id": APP, "name": APP_NAME, "user": BOT_USER, "bot": BOT},
        "me": _person(me) if me else None,
        "people": [_person(person) for person in slack.workspace.people.values()],
        "groups": [{"id": g.id, "handle": g.handle, "name": g.name, "users": list(g.users)} for g in slack.workspace.groups.values()],
        "channels": [_channel(channel) for channel in channels],
        "messages": {
            channel.id: [message.shown() for message in channel.messages.values() if seen is None or seen.sees(message)]
            for channel in channels
        },
        "views": [slack.views.as_slack(view) for view in (slack.views.stack(me.id) if me else slack.views.all())],
        "home": slack.views.as_slack(home) if home else None,
        "notices": slack.workspace.notices_of(me.id if me else None)[-LAST_NOTICES:],
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "title": person.title,
        "team_id": person.team_id,
        "is_bot": person.is_bot,
        "is_stranger": person.is_stranger,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "name": channel.name,
        "topic": channel.topic,
        "is_ext_shared": channel.is_ext_shared,
        "is_im": channel.is_im,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "members": list(channel.members),
    }
