"""The world as it starts: Acme's people, groups, channels and the app's slash commands."""

from sandbox.slack.state import APP_NAME, BOT_USER, PARTNER_TEAM, Channel, Command, Group, Person

BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
)


def people() -> list[Person]:
    return [
        Person("U0ANN", "ann", "Ann Becker", title="Releaser"),
        Person("U0BOB", "bob", "Bob Okafor", title="Lead"),
        Person("U0DANA", "dana", "Dana Lindqvist", title="Developer"),
        Person("U0RIA", "ria", "Ria Tanaka", title="On call"),
        Person("U0EVE", "eve", "Eve Moreau", title="Partner", team_id=PARTNER_TEAM, is_stranger=True),
        Person("U0GUS", "gus", "Gus Novak", title="Guest", is_restricted=True, is_ultra_restricted=True),
        Person(BOT_USER, APP_NAME, "ChatOps", is_bot=True),
    ]


def groups() -> list[Group]:
    return [
        Group("S0RELEASERS", "releasers", "Releasers", ["U0ANN", "U0BOB", "U0RIA"]),
        Group("S0LEADS", "leads", "Leads", ["U0BOB"]),
    ]


def channels() -> list[Channel]:
    core = (BOT_USER, "U0ANN", "U0BOB", "U0DANA", "U0RIA")
    return [
        Channel("C0OPS", "ops", dict.fromkeys(core), topic="Releases, deploys and alerts"),
        Channel("C0CHECKOUT", "checkout", dict.fromkeys((*core, "U0GUS"))),
        Channel("C0ALERTS", "alerts", dict.fromkeys(core)),
        Channel("C0PARTNERS", "partners", dict.fromkeys((BOT_USER, "U0ANN", "U0BOB", "U0EVE")), is_ext_shared=True),
        Channel("C0RANDOM", "random", dict.fromkeys(core[1:])),
    ]


def commands() -> list[Command]:
    return [
        Command("/release", "[service] [version] [environment]", "Release a service"),
        Command("/deploy", "service version environment", "Deploy a version to an environment"),
        Command("/rollback", "service [environment]", "Go back to the version before"),
        Command("/tag", "service version", "Tag a version"),
        Command("/ack", "[alert] [note]", "Acknowledge an alert"),
        Command("/ops", "status | timeline | locks | help", "Ask and steer the operations"),
        Command("/live", "service [environment]", "Say which version is live"),
    ]
