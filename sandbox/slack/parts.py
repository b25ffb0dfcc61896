"""Everything that the Slack side consists of, wired once."""

from sandbox.slack.delivery import Delivery
from sandbox.slack.events import Events
from sandbox.slack.mrkdwn import Typing
from sandbox.slack.posts import Posts
from sandbox.slack.ratelimits import RateLimits
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.socket import Sockets
from sandbox.slack.tokens import Tokens
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views
from sandbox.slack.workspace import Workspace
from sandbox.world import World


class Parts:
    """The workspace and the machines around it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.workspace = Workspace(world)
        self.views = Views(world)
        self.tokens = Tokens()
        self.limits = RateLimits(world)
        self.triggers = Triggers(world)
        self.sockets = Sockets(world)
        self.delivery = Delivery(world, self.sockets)
        self.events = Events(self.workspace, self.delivery)
        self.posts = Posts(self.workspace, self.events)
        self.response_urls = ResponseUrls(self.workspace, self.posts)
        self.typing = Typing(self.workspace)
