"""The world as one person sees it: the channels, messages and views that are theirs to touch."""

from dataclasses import dataclass

from sandbox.slack.errors import Refusal, SlackError
from sandbox.slack.parts import Parts
from sandbox.slack.state import Channel, Message, Person, View


@dataclass(frozen=True, slots=True)
class Seen:
    """What `person` sees. Each look-up refuses what is hidden from them."""

    slack: Parts
    person: Person

    @classmethod
    def by(cls, slack: Parts, user: str) -> "Seen":
        """Look with the eyes of a person, named by id or by name.

        Raises:
            Refusal: nobody is called so.
        """
        person = slack.workspace.people.get(user) or next((p for p in slack.workspace.people.values() if p.name == user), None)
        if person is None or person.is_bot:
            raise Refusal(f"There is no person {user}.")
        return cls(slack, person)

    def channel(self, wanted: str) -> Channel:
        """Return a channel in which the person is a member, by id or name."""
        channels = self.slack.workspace.channels
        channel = channels.get(wanted)
        if channel is None:
            channel = next((c for c in channels.values() if c.name == wanted.removeprefix("#") and not c.is_im), None)
        if channel is None:
            raise Refusal(f"There is no channel {wanted}.")
        if self.person.id not in channel.members:
            raise Refusal(f"{self.person.name} is not in #{channel.name}.")
        return channel

    def writable(self, wanted: str) -> Channel:
        """Return a channel in which the person may write now."""
        channel = self.channel(wanted)
        if channel.is_archived:
            raise Refusal(f"#{channel.name} is archived.")
        return channel

    def sees(self, message: Message) -> bool:
        return message.ephemeral_to in (None, self.person.id)

    def message(self, channel: Channel, ts: str) -> Message:
        """Return a message that the person sees."""
        message = channel.messages.get(ts)
        if message is None or not self.sees(message):
            raise Refusal(f"{self.person.name} sees no message {ts} in #{channel.name}.")
        return message

    def own_message(self, channel: Channel, ts: str) -> Message:
        """Return a message that the person wrote."""
        message = self.message(channel, ts)
        if message.content.get("user") != self.person.id:
            raise Refusal(f"{self.person.name} did not write the message {ts}.")
        return message

    def view(self, view_id: str) -> View:
        """Return an open modal or the App Home of the person."""
        try:
            view = self.slack.views.find(view_id)
        except SlackError as error:
            raise Refusal(f"There is no open view {view_id}.") from error
        if view.user != self.person.id:
            raise Refusal(f"The view {view_id} is not open for {self.person.name}.")
        return view

    def home(self) -> View:
        """Return the person's App Home."""
        view = self.slack.views.home(self.person.id)
        if view is None:
            raise Refusal(f"The app has published no App Home for {self.person.name}.")
        return view

    def channels(self) -> list[Channel]:
        """Return every conversation that the person is in."""
        return [channel for channel in self.slack.workspace.channels.values() if self.person.id in channel.members]
