"""The service under a real systemd, from its installation to its removal. The tests share one machine, and stand in the order of its life."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.processes import configuration, start_sandbox
from sandbox.client import Sandbox
from tests.systemd import versions
from tests.systemd.machine import EXCHANGE, SOURCE, Machine, why_not

pytestmark = [pytest.mark.sockets, pytest.mark.timeout(600)]

SECRETS = {"slack_bot_token": "xoxb-sandbox-bot", "slack_app_token": "xapp-sandbox-app", "github_token": "sandbox-github-token"}
# Quicker than an operator would want it, and else the same.
QUICK = "[Service]\nRestartSec=1\nWatchdogSec=6\nEnvironment=PYTHONPATH=/opt/libraries\n"
PLUGIN = '''"""Commands that take their time."""

import threading

from bot.api import Context, Plugin

plugin = Plugin("slow")


@plugin.command("hang")
def hang(ctx: Context) -> None:
    """Never end."""
    threading.Event().wait()
'''


class Service:
    """The service on its machine, and the Slack and the GitHub that it serves."""

    def __init__(self, machine: Machine, sandbox: Sandbox, url: str) -> None:
        # Built while the first version is installed.
        self.newer = versions.wheel(versions.checkout(machine.exchange / "newer", "9.1.0", revision="9001"), machine.exchange)
        self.machine = machine
        self.sandbox = sandbox
        self.url = url
        self.toml = configuration(Path("/var/log/none"), "15m").replace('"release", ', '"release", "slow", ')

    def show(self, name: str) -> str:
        """Return a property of the unit."""
        return self.machine.says(f"systemctl show --property={name} --value chatopsd")

    def is_active(self) -> bool:
        return self.show("ActiveState") == "active"

    def asks(self, query: str) -> str:
        """Return the one value that the journal answers to a query."""
        ask = f'import sqlite3; print(sqlite3.connect(\'/var/lib/chatopsd/chatopsd.db\').execute("""{query}""").fetchone()[0])'
        return self.machine.says(f"python3 - <<'EOF'\n{ask}\nEOF")

    def schema(self) -> str:
        return self.asks("SELECT version_num FROM alembic_version")

    def install(self, *arguments: str) -> tuple[int, str]:
        """Run install.sh with the libraries that are there already, and return its exit code and what it said."""
        env = {name: value for name, value in os.environ.items() if name.startswith("PIP_")} | {"HOME": "/root"}
        if self.machine.run("test -d /opt/libraries", check=False).returncode == 0:
            env |= {"PIP_NO_DEPS": "1", "PYTHONPATH": "/opt/libraries"}
        done = self.machine.run(" ".join([f"{SOURCE}/systemd/install.sh", *arguments]), check=False, env=env)
        return done.returncode, done.stdout + done.stderr

    def is_served(self, channel: str = "C0OPS") -> None:
        """See that somebody who asks is answered."""
        ann = self.sandbox.ann
        seen = len([message for message in ann.sees() if "What I can do" in ann.reads(message)])
        ann.types("/ops help", channel)
        self.sandbox.wait_until(
            lambda: len([message for message in ann.sees() if "What I can do" in ann.reads(message)]) > seen, 20, "an answer"
        )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give the service, installed from this checkout, configured, and started."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("machine")
    machine = Machine(folder / "vm")
    process, url = start_sandbox(folder, 0, 20.0)
    try:
        yield installed(Service(machine, Sandbox(url), url))
    finally:
        machine.close()
        process.stop()


def installed(service: Service) -> Service:
    machine = service.machine
    code, said = service.install()
    assert code == 0, said
    assert "is installed, and not started: its settings are not complete" in said
    # Later versions need the same libraries; to fetch and compile them each time would take minutes.
    machine.run("cp -al /opt/chatopsd/current/lib/python3*/site-packages /opt/libraries")
    machine.run("cd /opt/libraries && rm -rf bot plugins sandbox chatopsd-*")
    for name, value in SECRETS.items():
        machine.write(f"/etc/chatopsd/credentials/{name}", value + "\n", "0600")
    machine.write("/etc/chatopsd/plugins/slow.py", PLUGIN)
    machine.write("/etc/chatopsd/chatops.toml", service.toml)
    machine.write(
        "/etc/chatopsd/chatopsd.env",
        f'SLACK_API_URL={service.url}/api/\nGITHUB_API_URL="{service.url}"\nPLUGIN_PATH=/etc/chatopsd/plugins\nNOTE=one & touch /etc/run\n',
    )
    machine.write("/etc/systemd/system/chatopsd.service.d/quick.conf", QUICK)
    machine.run("chatopsd check && systemctl daemon-reload && systemctl enable --now chatopsd")
    return service


def test_ready_means_connected_and_the_status_says_it_in_words(service: Service) -> None:
    assert service.is_active()
    assert len(service.sandbox.connections()) >= 1
    assert service.show("StatusText").startswith("Serving: ")
    service.is_served()


def test_installing_it_once_more_changes_nothing(service: Service) -> None:
    before = service.show("MainPID")

    code, said = service.install()

    assert (code, said.splitlines()[-1].endswith("is installed already.")) == (0, True), said
    assert service.show("MainPID") == before


def test_a_start_that_fails_after_a_changed_unit_leaves_the_release_and_the_next_run_starts_it(service: Service) -> None:
    machine = service.machine
    machine.run("echo '# by hand' >> /etc/systemd/system/chatopsd.service")
    machine.write("/etc/chatopsd/credentials/slack_app_token", "xapp-of-another-app\n", "0600")

    failed, why = service.install()
    machine.write("/etc/chatopsd/credentials/slack_app_token", SECRETS["slack_app_token"] + "\n", "0600")
    code, said = service.install()

    assert (failed, "is not ready either" in why) == (1, True), why
    assert code == 0, said
    assert "is installed already.\n==> It is enabled and does not run: starting it" in said
    assert service.is_active()


def test_a_backup_that_is_cut_off_is_never_put_over_the_journal(service: Service) -> None:
    machine, count = service.machine, "SELECT count(*) FROM audit_events"
    before = int(service.asks(count))
    machine.run("mkdir -p /var/backups/chatopsd && mount -t tmpfs -o size=64k tmpfs /var/backups/chatopsd")
    machine.run("echo '# by hand' >> /etc/systemd/system/chatopsd.service")

    code, said = service.install()

    assert (code, "the journal could not be copied" in said) == (1, True), said
    assert machine.says("ls /var/backups/chatopsd") == ""
    machine.run("umount /var/backups/chatopsd")
    assert int(service.asks(count)) > before
    assert service.is_active()


def test_the_log_is_in_the_journal_with_priority_and_fields(service: Service) -> None:
    ann = service.sandbox.ann
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("is live in", channel="C0OPS", timeout_s=30)

    fields = "PRIORITY,CHATOPS_EVENT,CHATOPS_OPERATION"
    found = service.machine.says(f"journalctl -b -u chatopsd CHATOPS_EVENT=dispatch.accepted --output=export --output-fields={fields}")

    assert "PRIORITY=6" in found
    assert "CHATOPS_OPERATION=" in found


def test_the_credentials_are_the_service_s_alone(service: Service) -> None:
    machine, pid = service.machine, service.show("MainPID")
    folder = "/run/credentials/chatopsd.service"

    assert machine.says(f"cat {folder}/slack_bot_token") == SECRETS["slack_bot_token"]
    user = machine.says(f"stat -c %U {folder}/slack_bot_token; stat -c %u /proc/{pid}")
    for path in (
        f"{folder}/slack_bot_token",
        "/etc/chatopsd/credentials/slack_bot_token",
        f"/proc/{pid}/environ",
        "/var/lib/chatopsd/chatopsd.db",
    ):
        assert machine.run(f"setpriv --reuid=65534 --regid=65534 --clear-groups cat {path}", check=False).returncode != 0, (path, user)
    shown = machine.says(
        f"tr '\\0' ' ' < /proc/{pid}/cmdline; tr '\\0' ' ' < /proc/{pid}/environ; systemctl show chatopsd; journalctl -b --output=verbose"
    )
    assert not [secret for secret in SECRETS.values() if secret in shown]


def test_killed_it_is_back_in_a_moment(service: Service) -> None:
    before = service.show("MainPID")

    service.machine.run("systemctl kill --signal=KILL chatopsd")

    service.machine.wait(lambda: service.show("MainPID") not in ("0", before) and service.is_active(), "the service to be back")
    service.is_served()


def test_workers_that_all_hang_are_noticed_by_the_watchdog_and_it_is_back(service: Service) -> None:
    before = service.show("MainPID")

    for _ in range(30):  # more than there are workers
        service.sandbox.ann.types("/ops hang", "C0ALERTS")  # what is said of them later holds up no other channel
    service.machine.wait(lambda: "no sign of life from the workers" in service.show("StatusText"), "the status to say it")
    service.machine.wait(lambda: service.show("MainPID") not in ("0", before) and service.is_active(), "the service to be back", 40)

    log = service.machine.says("journalctl -b -u chatopsd")
    assert "Watchdog timeout" in log
    assert 'plugins/slow.py", line 13 in hang' in log  # where each thread hung
    service.is_served()


def test_stopped_as_a_whole_it_is_noticed_too(service: Service) -> None:
    before = service.show("MainPID")

    service.machine.run("systemctl kill --signal=STOP chatopsd")

    service.machine.wait(lambda: service.show("MainPID") not in ("0", before) and service.is_active(), "the service to be back", 40)


def test_a_reload_takes_a_sound_file_and_refuses_a_broken_one_with_its_reason(service: Service) -> None:
    machine, before = service.machine, service.show("MainPID")
    machine.write("/etc/chatopsd/chatops.toml", service.toml.replace("[services.search", "[services.payments"))
    machine.run("systemctl reload chatopsd")
    service.sandbox.ann.waits_for("service payments added", channel="C0OPS")

    machine.write("/etc/chatopsd/chatops.toml", service.toml.replace('repo = "acme/checkout"', 'repo = "checkout"'))
    machine.run("systemctl reload chatopsd")

    # `kill` ends before the daemon has read the file, and `systemctl reload` may end with it.
    machine.wait(lambda: "The configuration was not reloaded" in service.show("StatusText"), "the complaint")
    assert "services.checkout.repo" in machine.says("systemctl status chatopsd")
    machine.write("/etc/chatopsd/chatops.toml", service.toml)
    machine.run("systemctl reload chatopsd")
    machine.wait(lambda: "not reloaded" not in service.show("StatusText"), "the complaint to be gone")
    assert (service.show("MainPID"), service.is_active()) == (before, True)


def test_the_doctor_knows_which_logs_the_service_may_read(service: Service) -> None:
    machine = service.machine
    machine.run("install -m 0640 -g adm /dev/null /var/log/app.log")
    machine.write("/etc/chatopsd/chatops.toml", service.toml.replace("/var/log/none/*.log", "/var/log/app.log"))
    machine.write("/etc/systemd/system/chatopsd.service.d/logs.conf", "[Service]\nSupplementaryGroups=adm\n")
    machine.run("systemctl daemon-reload")
    found = machine.run("chatopsd doctor --json", check=False).stdout

    machine.write("/etc/chatopsd/chatops.toml", service.toml)
    assert machine.run("test -e /etc/run", check=False).returncode != 0  # what stands in chatopsd.env is read, not run
    assert [each["level"] for each in json.loads(found) if each["topic"] == "watch checkout-api"] == ["ok"], found


def test_it_stops_within_its_bound_with_work_in_flight_and_tells_the_person_afterwards(service: Service) -> None:
    service.sandbox.ann.types("/ops hang")
    running = "SELECT count(*) FROM inbox WHERE state = 'running'"
    service.machine.wait(lambda: service.asks(running) == "1", "the handler to begin")

    took_s = service.machine.wait(lambda: service.machine.run("systemctl stop chatopsd").returncode == 0, "the stop")

    assert took_s < 10
    assert (service.show("Result"), service.show("ActiveState")) == ("success", "inactive")
    service.machine.run("systemctl start chatopsd")
    service.sandbox.ann.waits_for("I was restarted while I handled your", channel="C0OPS", timeout_s=20)


def test_a_wrong_token_fails_once_with_its_reason(service: Service) -> None:
    machine = service.machine
    machine.write("/etc/chatopsd/credentials/slack_app_token", "xapp-of-another-app\n", "0600")

    assert machine.run("systemctl restart chatopsd", check=False).returncode != 0

    machine.wait(lambda: service.show("ActiveState") == "failed", "the service to have failed")
    status = machine.run("systemctl status chatopsd", check=False).stdout
    assert "Slack refuses SLACK_APP_TOKEN (invalid_auth)" in status
    assert (service.show("NRestarts"), service.show("ExecMainStatus")) == ("0", "2")
    machine.write("/etc/chatopsd/credentials/slack_app_token", SECRETS["slack_app_token"] + "\n", "0600")
    machine.run("systemctl start chatopsd")


def test_a_missing_token_is_named_and_not_a_riddle_of_systemd_s(service: Service) -> None:
    service.machine.run("mv /etc/chatopsd/credentials/github_token /root/")

    assert service.machine.run("systemctl restart chatopsd", check=False).returncode != 0

    service.machine.wait(lambda: service.show("ActiveState") == "failed", "the service to have failed")
    assert "GITHUB_TOKEN: not set" in service.show("StatusText")
    service.machine.run("mv /root/github_token /etc/chatopsd/credentials/; systemctl start chatopsd")


def test_an_upgrade_from_a_wheel_migrates_the_journal(service: Service) -> None:
    wheel = service.newer()

    code, said = service.install("--wheel", f"{EXCHANGE}/{wheel.name}")

    assert code == 0, said
    assert "chatopsd 9.1.0-" in said
    assert service.is_active()
    assert service.schema() == "9001"
    assert service.machine.says("readlink /opt/chatopsd/current").startswith("releases/9.1.0-")
    service.is_served()


def test_an_upgrade_that_does_not_become_ready_is_rolled_back_with_the_journal(service: Service) -> None:
    wheel = versions.broken(service.newer(), "9.2.0", "9002", "it is broken on purpose")
    before = service.machine.says("readlink /opt/chatopsd/current")

    code, said = service.install("--wheel", f"{EXCHANGE}/{wheel.name}")

    assert code == 1
    assert "did not become ready: Did not start: it is broken on purpose" in said
    assert "runs again; nothing else was changed" in said
    assert service.machine.says("readlink /opt/chatopsd/current") == before
    assert (service.is_active(), service.schema()) == (True, "9001")
    service.sandbox.ann.types("/ops status")
    service.sandbox.ann.waits_for("v1.5.0")  # what was released before is known still
    service.is_served()


def test_an_upgrade_that_does_not_accept_the_settings_stops_nothing(service: Service) -> None:
    before = service.show("MainPID")
    service.machine.write("/etc/chatopsd/chatops.toml", service.toml.replace("[chatops]", "[chatopz]"))

    code, said = service.install()  # back to the checkout's own version

    assert code == 1
    assert "does not accept the settings" in said
    assert service.show("MainPID") == before
    service.machine.write("/etc/chatopsd/chatops.toml", service.toml)


def test_removed_it_leaves_settings_and_journal(service: Service) -> None:
    code, said = service.install("uninstall")

    assert code == 0, said
    assert service.machine.says("systemctl list-unit-files --no-legend 'chatopsd*' || true; ls -d /opt/chatopsd* || true") == ""
    assert "chatopsd.db" in service.machine.says("ls /var/lib/private/chatopsd")
    assert "github_token" in service.machine.says("ls /etc/chatopsd/credentials")
