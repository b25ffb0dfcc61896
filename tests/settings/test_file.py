"""`chatops.toml`: everything that may stand in it, and every mistake by its path, all of them at once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.configuration import Environment, Explore, Service, Watch
from bot.core.endpoints import Endpoint
from bot.core.schemes import Scheme
from bot.core.sources import CommandSource, FileSource, JournaldSource, LokiSource, Source
from bot.core.structured import Structure
from bot.engine.context import OWN_SLASH
from bot.ports.errors import ConfigError
from bot.settings_checks import check_file
from bot.settings_file import SLASH_COMMANDS
from tests.settings.conftest import SMALLEST, Place

SERVICE = """
[services.checkout]
repo = "acme/checkout"
[services.checkout.environments.production]
"""
WATCH = """
[[watches]]
name = "api"
source = { file = "/var/log/*.log" }
every = "15m"
"""


def test_what_is_left_out_has_the_default_of_the_design(place: Place) -> None:
    place.write("chatops.toml", SMALLEST + SERVICE + WATCH)

    configuration = place.load().configuration

    assert configuration.channel == "C0OPS"
    assert configuration.plugins == ("release",)
    assert configuration.services == {
        "checkout": Service("checkout", "acme/checkout", "main", {"production": Environment("production")}),
    }
    (watch,) = configuration.watches
    assert watch == Watch(
        name="api",
        source=FileSource(("/var/log/*.log",)),
        every=timedelta(minutes=15),
        channel="C0OPS",
        errors="ERROR|CRITICAL|FATAL|Exception|Traceback",
        learning=timedelta(days=1),
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2h", 7200), ("1d", 86400), ("1h1m1s", 3661), ("7d", 604800)]
)
def test_durations_are_read(place: Place, text: str, seconds: int) -> None:
    place.write("chatops.toml", SMALLEST + WATCH.replace("15m", text))

    assert place.load().configuration.watches[0].every == timedelta(seconds=seconds)


SOURCES = [
    ('file = "/var/log/*.log"', FileSource(("/var/log/*.log",))),
    ('file = ["/a/*.log", "/b.log"]', FileSource(("/a/*.log", "/b.log"))),
    ('journald = "checkout.service"', JournaldSource(("checkout.service",))),
    ('journald = ["a.service", "b@*.service"]', JournaldSource(("a.service", "b@*.service"))),
    (
        'journald = { units = "a.service", priority = "err", matches = ["_TRANSPORT=kernel"], directory = "/srv/journal" }',
        JournaldSource(("a.service",), "err", ("_TRANSPORT=kernel",), "/srv/journal"),
    ),
    ("loki = '{app=\"checkout\"}'", LokiSource('{app="checkout"}')),
    (
        'loki = { query = \'{app="checkout"} | json\', tenant = "acme", delay = "1m", errors_only = true }',
        LokiSource('{app="checkout"} | json', "acme", timedelta(minutes=1), errors_only=True),
    ),
    ('command = ["kubectl", "logs", "deploy/checkout"]', CommandSource(("kubectl", "logs", "deploy/checkout"))),
    (
        'command = { argv = ["x"], timeout = "5s", output_mb = 1, exit_codes = [0, 1], overlaps = true }',
        CommandSource(("x",), timedelta(seconds=5), 1, (0, 1), overlaps=True),
    ),
]


@pytest.mark.parametrize(("written", "source"), SOURCES)
def test_a_watch_reads_one_of_four_kinds_of_source(place: Place, written: str, source: Source) -> None:
    place.set(LOKI_URL="http://127.0.0.1:3100/")
    place.write("chatops.toml", SMALLEST + WATCH.replace('file = "/var/log/*.log"', written))

    settings = place.load()

    assert settings.configuration.watches[0].source == source
    assert settings.loki == Endpoint("http://127.0.0.1:3100")


def test_the_fields_of_structured_lines_are_names_or_lists_of_names(place: Place) -> None:
    fields = '[watches.fields]\nmessage = "what"\nlevel = ["log.level", "lvl"]\nerror_levels = ["Error", "50"]\n'
    place.write("chatops.toml", SMALLEST + WATCH + fields)

    (watch,) = place.load().configuration.watches

    assert watch.structure == Structure(message=("what",), level=("log.level", "lvl"), error_levels=frozenset({"error", "50"}))


def source(written: str) -> str:
    return WATCH.replace('file = "/var/log/*.log"', written)


def production(line: str) -> str:
    return SERVICE + line


def with_line(line: str) -> str:
    return SERVICE.replace("[services.checkout.", f"{line}\n[services.checkout.", 1)


def test_how_versions_are_written_is_read(place: Place) -> None:
    lines = (
        'versions = "calver:YYYY.0M.PATCH"\ntag_prefix = "checkout-v"\npaths = ["services/checkout", "lib/"]\ntag_workflow = "tag.yml"\n'
    )
    place.write("chatops.toml", SMALLEST + SERVICE.replace("[services.checkout.", lines + "[services.checkout.", 1))

    service = place.load().configuration.services["checkout"]

    assert service.scheme == Scheme(("YYYY", "0M", "PATCH"), "checkout-v")
    assert service.paths == ("services/checkout", "lib/")
    assert service.tag_workflow == "tag.yml"


MISTAKES = [
    # the table, the path, what was found, what was expected
    ('[chatops]\nplugins = ["release"]', "chatops.channel", "not set", "C0123456789"),
    ('[chatops]\nchannel = "#ops"\nplugins = ["release"]', "chatops.channel", 'found "#ops"', "Use the channel's id, not its name"),
    ('[chatops]\nchannel = 5\nplugins = ["release"]', "chatops.channel", "found 5", "a text in quotes"),
    ('[chatops]\nchannel = "C0OPS"', "chatops.plugins", "not set", "a list such as"),
    ('[chatops]\nchannel = "C0OPS"\nplugins = []', "chatops.plugins", "found an empty list", "at least one"),
    ('[chatops]\nchannel = "C0OPS"\nplugins = "release"', "chatops.plugins", 'found "release"', "a list in [ ]"),
    ('[chatops]\nchannel = "C0OPS"\nplugins = ["ops", "ops"]', "chatops.plugins", 'found "ops" 2 times', "each plugin once"),
    ('[chatops]\nchannel = "C0OPS"\nplugins = ["../x"]', "chatops.plugins[0]", 'found "../x"', "a name of letters"),
    (SMALLEST + 'command_prefix = "acme"', "chatops.command_prefix", 'found "acme"', "a slash and up to 20"),
    (SMALLEST + 'command_names = { release = "Ship" }', "chatops.command_names.release", 'found "Ship"', "a slash command such as /ship"),
    (
        SMALLEST + 'command_names = { "/release" = "/ship" }',
        'chatops.command_names."/release"',
        "the key",
        "without its slash: release, deploy",
    ),
    (
        SMALLEST + 'command_names = { relaese = "/ship" }',
        "chatops.command_names.relaese",
        "the key",
        "release, deploy, rollback, tag, ack, ops",
    ),
    (SMALLEST + 'command_names = { release = "/x", ops = "/x" }', "chatops.command_names", '"/x" for release and ops', "one name for each"),
    (
        SMALLEST + f'command_prefix = "/acme-"\ncommand_names = {{ release = "/{"x" * 30}" }}',
        "chatops.command_names.release",
        "with its prefix",
        "at most 32",
    ),
    (
        SMALLEST + 'plugin = "x"',
        "chatops.plugin",
        "did you mean plugins?",
        "one of: channel, plugins, approval_expires, queue_expires, command_prefix",
    ),
    ("chatops = 5", "chatops", "found 5", "a table"),
    ("", "chatops", "not set", "the table [chatops]"),
    (SMALLEST + "[role]", "role", "did you mean roles?", "one of: chatops, roles, services, watches"),
    (SMALLEST + '[roles]\nreleaser = ["ann"]', "roles.releaser[0]", 'found "ann"', "not a name"),
    (SMALLEST + "[roles]\nreleaser = []", "roles.releaser", "found an empty list", "at least one"),
    (SMALLEST + '[services.checkout]\nrepo = "acme/checkout"', "services.checkout.environments", "not set", "at least one table"),
    (SERVICE.replace("acme/checkout", "checkout"), "services.checkout.repo", 'found "checkout"', "owner/repository"),
    (SERVICE.replace("acme/checkout", "acme/../x"), "services.checkout.repo", 'found "acme/../x"', "owner/repository"),
    (SERVICE.replace("repo", "repos"), "services.checkout.repo", "not set", "owner/repository"),
    (
        '[services.checkout]\nrepo = "a/b"\nref = "a..b"\n[services.checkout.environments.x]',
        "services.checkout.ref",
        'found "a..b"',
        "a branch",
    ),
    (
        '[services.checkout]\nrepo = "a/b"\nrelease_workflow = "../x.yml"\n[services.checkout.environments.x]',
        "services.checkout.release_workflow",
        'found "../x.yml"',
        "release.yml",
    ),
    (
        '[services.checkout]\nrepo = "a/b"\nchannel = "checkout"\n[services.checkout.environments.x]',
        "services.checkout.channel",
        'found "checkout"',
        "a channel id",
    ),
    ('[services."a b"]\nrepo = "a/b"\n[services."a b".environments.x]', 'services."a b"', 'found the key "a b"', "a name of letters"),
    (SERVICE.replace("production", '"../x"'), 'services.checkout.environments."../x"', "the key", "the name of an environment"),
    (with_line('versions = "calver:MM.PATCH"'), "services.checkout.versions", 'found "calver:MM.PATCH"', "such as calver:YYYY.MM.PATCH"),
    (with_line('tag_prefix = "../"'), "services.checkout.tag_prefix", 'found "../"', "such as checkout-v"),
    (with_line('paths = ["../x"]'), "services.checkout.paths[0]", 'found "../x"', "such as services/checkout"),
    (with_line(f"paths = {list('abcdefghijk')}".replace("'", '"')), "services.checkout.paths", "found a list", "at most 10"),
    (SERVICE + '[services.checkout.inputs]\nversoin = "v"', "services.checkout.inputs.versoin", "the key", "version, environment, sha"),
    (SERVICE + '[services.checkout.inputs]\nsha = "a b"', "services.checkout.inputs.sha", 'found "a b"', "an input of the workflow"),
    (SERVICE + '[services.checkout.inputs]\nsha = "v"\nversion = "v"', "services.checkout.inputs", '"v" for sha and version', "one input"),
    (production("approvals = -1"), "services.checkout.environments.production.approvals", "found -1", "at least 0"),
    (production("approvals = 99"), "services.checkout.environments.production.approvals", "found 99", "at most 20"),
    (production("approvals = true"), "services.checkout.environments.production.approvals", "found true", "a whole number"),
    (production("required_checks = 1"), "services.checkout.environments.production.required_checks", "found 1", "true or false"),
    (
        production("approvals = 1"),
        "services.checkout.environments.production.approvers",
        "not set, but approvals = 1",
        "the role that approves",
    ),
    (production('approvers = "lead"'), "services.checkout.environments.production.approvers", 'found "lead"', "of which there is none"),
    (production('releasers = "lead"'), "services.checkout.environments.production.releasers", 'found "lead"', "a role of [roles]"),
    (
        production('releasers = "lead"\n[roles]\nleads = ["U0ANN"]'),
        "services.checkout.environments.production.releasers",
        "did you mean leads?",
        "a role of [roles] (leads)",
    ),
    (
        production('approvals = 2\napprovers = "lead"\n[roles]\nlead = ["U0ANN"]'),
        "services.checkout.environments.production.approvals",
        "found 2, but lead is 1 person",
        "no more than there are approvers",
    ),
    (production('after = "staging"'), "services.checkout.environments.production.after", 'found "staging"', "another environment"),
    (
        production('after = "production"'),
        "services.checkout.environments.production.after",
        "production → production",
        "a first environment",
    ),
    (
        production(
            'after = "b"\n[services.checkout.environments.b]\nafter = "c"\n[services.checkout.environments.c]\nafter = "production"'
        ),
        "services.checkout.environments.production.after",
        "found a circle, production → b → c → production",
        "a first environment",
    ),
    (production('freeze = ["Friday"]'), "services.checkout.environments.production.freeze[0]", 'found "Friday"', "Fri 16:00 - Mon 08:00"),
    (
        production('freeze = ["Fri 16:00 - Mon 24:00 UTC"]'),
        "services.checkout.environments.production.freeze[0]",
        "Mon 24:00",
        "Fri 16:00 - Mon 08:00",
    ),
    (
        production('freeze = ["except 2026-02-30 UTC"]'),
        "services.checkout.environments.production.freeze[0]",
        "2026-02-30",
        "such as except 2026-11-28",
    ),
    (
        production('freeze = ["Fri 16:00 - Mon 08:00 Europe/Berlyn"]'),
        "services.checkout.environments.production.freeze[0]",
        "Berlyn",
        "a time zone such as",
    ),
    (
        production('freeze = ["Fri 16:00 - Mon 08:00 ../../etc/passwd"]'),
        "services.checkout.environments.production.freeze[0]",
        "passwd",
        "a time zone such as",
    ),
    (WATCH.replace("15m", "often"), "watches[0].every", 'found "often"', "a duration such as 15m, 1h30m or 90s"),
    (WATCH.replace("15m", ""), "watches[0].every", 'found ""', "a duration such as"),
    (WATCH.replace("15m", "0s"), "watches[0].every", 'found "0s"', "a duration such as"),
    (WATCH.replace("15m", "8d"), "watches[0].every", 'found "8d"', "a duration of at most 7d"),
    (WATCH.replace("15m", "9" * 40 + "d"), "watches[0].every", "9999", "a duration such as"),
    (WATCH.replace('"15m"', "15"), "watches[0].every", "found 15", "a duration such as"),
    (WATCH + 'errors = "(a+)+$"', "watches[0].errors", 'found "(a+)+$"', "can't take for ever on some line"),
    (WATCH + "fields = { level = 5 }", "watches[0].fields.level", "found 5", "the name of a field"),
    (WATCH + 'errors = "a(b"', "watches[0].errors", 'found "a(b"', "unterminated subpattern (at character 2)"),
    (WATCH + 'errors = "x{2,1}"', "watches[0].errors", "x{2,1}", "min repeat greater than max repeat"),
    (WATCH + 'errors = ".*"', "watches[0].errors", 'found ".*"', "does not match an empty line"),
    (WATCH + 'errors = ""', "watches[0].errors", 'found ""', "does not match an empty line"),
    (WATCH + 'service = "checkuot"' + SERVICE, "watches[0].service", "did you mean checkout?", "a service of [services] (checkout)"),
    (WATCH + 'channel = "@ann"', "watches[0].channel", 'found "@ann"', "a channel id"),
    (WATCH + 'grafana = "javascript:alert(1)"', "watches[0].grafana", "javascript", "a link that begins with https://"),
    (WATCH.replace('file = "/var/log/*.log"', ""), "watches[0].source", "found none", "exactly one of: file, journald, loki, command"),
    (WATCH.replace("{ file", '{ loki = "x", file'), "watches[0].source", "found file and loki", "exactly one of"),
    (WATCH.replace("/var/log/*.log", " "), "watches[0].source.file", 'found " "', "or a list of them"),
    (source("file = []"), "watches[0].source.file", "found an empty list", "or a list of them"),
    (source('file = "~/logs/*.log"'), "watches[0].source.file[0]", 'found "~/logs/*.log"', "written out: ~ stands for no home"),
    (source('file = "/var/log/a\\u0000/*.log"'), "watches[0].source.file[0]", "found", "a path"),
    (source('journald = { directory = "~/journal" }'), "watches[0].source.journald.directory", 'found "~/journal"', "written out"),
    (source('journald = "a b"'), "watches[0].source.journald.units[0]", 'found "a b"', "the name of a unit"),
    (source('journald = { unit = "a" }'), "watches[0].source.journald.unit", "did you mean units?", "one of: units, priority"),
    (source('journald = { priority = "error" }'), "watches[0].source.journald.priority", 'found "error"', "emerg, alert, crit, err"),
    (source('journald = { matches = ["--file=/x"] }'), "watches[0].source.journald.matches[0]", "--file=/x", "FIELD=value"),
    (source('loki = "rate({a=\\"b\\"}[5m])"'), "watches[0].source.loki.query", "rate(", "begins with a stream selector"),
    (source("loki = { tenant = 'x' }"), "watches[0].source.loki.query", "not set", "a value"),
    (source('loki = { query = \'{a="b"}\', delay = "2h" }'), "watches[0].source.loki.delay", "2h", "at most 1h"),
    (source('loki = { query = \'{a="b"}\', tenant = "a b" }'), "watches[0].source.loki.tenant", 'found "a b"', "a tenant of Loki"),
    (source("loki = '{a=\"b\"}'"), "watches[0].source.loki", "LOKI_URL is not set", "Loki's address"),
    (source('command = "kubectl logs x"'), "watches[0].source.command", 'found "kubectl', "there is no shell"),
    (source("command = []"), "watches[0].source.command.argv", "found an empty list", "at least one"),
    (source('command = { argv = ["x"], timeout = "1h" }'), "watches[0].source.command.timeout", "1h", "at most 10m"),
    (source('command = { argv = ["x"], output_mb = 0 }'), "watches[0].source.command.output_mb", "found 0", "at least 1"),
    (source('command = { argv = ["x"], exit_codes = [256] }'), "watches[0].source.command.exit_codes[0]", "found 256", "at most 255"),
    (WATCH.replace('{ file = "/var/log/*.log" }', '"/var/log"'), "watches[0].source", 'found "/var/log"', "a table"),
    (WATCH.replace("name", "nam"), "watches[0].nam", "did you mean name?", "one of: name, source"),
]


@pytest.mark.parametrize(("toml", "path", "found", "expected"), MISTAKES)
def test_a_mistake_is_told_with_its_path_what_was_found_and_what_was_expected(
    place: Place, toml: str, path: str, found: str, expected: str
) -> None:
    if "chatops" not in toml and toml:
        toml = SMALLEST + toml

    line = next(line for line in place.mistakes_in(toml) if line.startswith(f"{path}: "))

    left, right = line.removeprefix(f"{path}: ").split("; expected ")
    assert found in left
    assert expected in right


def test_the_commands_that_can_be_renamed_are_the_engine_s_own() -> None:
    assert set(SLASH_COMMANDS) == OWN_SLASH


def test_a_line_end_in_a_key_or_a_value_does_not_break_the_mistake_s_line(place: Place) -> None:
    lines = place.mistakes_in(SMALLEST.replace("C0OPS", "C\\n\\u0085") + '"a\\nb\\u2028c" = 1\n')

    assert [line.split("; expected")[0] for line in lines] == [
        r'chatops."a\nb\u2028c": not a key of this table',
        r'chatops.channel: found "C\n\u0085"',
    ]


def test_two_watches_of_one_name_are_both_told(place: Place) -> None:
    lines = place.mistakes_in(SMALLEST + WATCH + WATCH)

    assert [line.split(":")[0] for line in lines] == ["watches[0].name", "watches[1].name"]


def test_a_circle_is_told_once_and_a_tail_that_leads_into_it_not_at_all(place: Place) -> None:
    lines = place.mistakes_in(
        SMALLEST + SERVICE + 'after = "a"\n[services.checkout.environments.a]\nafter = "b"\n[services.checkout.environments.b]\nafter = "a"'
    )

    assert lines == [
        "services.checkout.environments.a.after: found a circle, a → b → a; expected an order with a first environment.",
    ]


def test_mistakes_of_tables_and_between_tables_come_together_sorted_by_path(place: Place) -> None:
    lines = place.mistakes_in(
        '[chatops]\nchannel = "ops"\nplugins = ["ops"]\n'
        + SERVICE.replace("acme/checkout", "acme")
        + 'approvals = 1\nfreeze = ["x"]\nafter = "dev"'
        + WATCH.replace("15m", "1x")
        + 'service = "nope"'
    )

    assert [line.split(": ")[0] for line in lines] == [
        "chatops.channel",
        "services.checkout.environments.production.after",
        "services.checkout.environments.production.approvers",
        "services.checkout.environments.production.freeze[0]",
        "services.checkout.repo",
        "watches[0].every",
        "watches[0].service",
    ]


@pytest.mark.parametrize(
    ("toml", "place_in_file"),
    [("[chatops\n", "line 1, column 9"), ('a = 1\nb = "x\n', "line 2, column 7"), ("a = 1\na = 2\n", "line 2, column 6")],
)
def test_what_is_not_toml_is_told_with_line_and_column(place: Place, toml: str, place_in_file: str) -> None:
    (line,) = place.mistakes_in(toml)

    assert line.startswith("chatops.toml: not TOML: ")
    assert place_in_file in line


def test_a_file_that_is_nested_without_end_is_told(place: Place) -> None:
    assert "nested too deep" in place.mistakes_in("a = " + "[" * 100_000)[0]


def test_a_token_that_stands_in_the_file_is_not_repeated(place: Place) -> None:
    text = "\n".join(
        place.mistakes_in(
            SMALLEST.replace("C0OPS", "xoxb-1-hidden") + 'slack_token = "xoxb-2-hidden"\ntoken = "plain-hidden"\n"plain-github-token" = 1\n'
        )
    )

    assert "hidden" not in text
    assert "plain-github-token" not in text
    assert "[secret]" in text


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["U0ANN", "C0OPS", "a", "a/b", "1m"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "chatops",
                    "roles",
                    "services",
                    "watches",
                    "environments",
                    "a",
                    "after",
                    "approvals",
                    "approvers",
                    "source",
                    "file",
                    "name",
                    "inputs",
                ]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(raw=st.dictionaries(st.sampled_from(["chatops", "roles", "services", "watches", "x"]), values, max_size=5))
def test_whatever_the_file_holds_each_mistake_is_one_line(raw: dict[str, object]) -> None:
    checked = check_file(raw)

    assert isinstance(checked, list)  # none of these is whole: chatops.channel and chatops.plugins never come together
    assert checked
    for mistake in checked:
        assert len(str(mistake).splitlines()) == 1


def test_what_a_watch_says_of_its_alerts_is_taken_over(place: Place) -> None:
    more = (
        'environment = "production"\nservice = "checkout"\nescalation = ["S0ONCALL", "U0BOB"]\nremind_after = "30m"\nresolve_after = 4\n'
        'learning = "0s"\nsamples = "template"\n'
        'explore = { url = "https://g.example.org", datasource = "uid", query = \'{app="x"}\' }\n'
    )
    place.write("chatops.toml", SMALLEST + SERVICE + WATCH + more)

    (watch,) = place.load().configuration.watches

    assert (watch.environment, watch.escalation, watch.remind_after) == ("production", ("S0ONCALL", "U0BOB"), timedelta(minutes=30))
    assert (watch.resolve_after, watch.learning, watch.samples) == (4, timedelta(0), "template")
    assert watch.explore == Explore("https://g.example.org", "uid", '{app="x"}')


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('samples = "all"', 'watches[0].samples: found "all"; expected one of: masked, template, none.'),
        ('learning = "soon"', "watches[0].learning"),
        ('escalation = ["bob"]', 'watches[0].escalation[0]: found "bob"; expected the id of a user'),
        ("resolve_after = -1", "watches[0].resolve_after: found -1; expected at least 0."),
        ('environment = "prod"', 'watches[0].environment: found "prod", but the watch has no service; expected a service, too.'),
        ('service = "checkout"\nenvironment = "prodution"', "did you mean production?"),
        ('explore = { url = "grafana", datasource = "x", query = "y" }', 'watches[0].explore.url: found "grafana"; expected a link'),
    ],
)
def test_a_mistake_in_what_a_watch_says_of_its_alerts_is_named(place: Place, line: str, told: str) -> None:
    place.write("chatops.toml", SMALLEST + SERVICE + WATCH + line + "\n")

    with pytest.raises(ConfigError) as refused:
        place.load()

    assert told in str(refused.value)
