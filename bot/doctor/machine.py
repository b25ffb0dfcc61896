"""The machine, as the doctor sees it: the journal, the disk, and the logs that are to be watched."""

import glob
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from bot.adapters.alertmanager import HttpAlertmanager
from bot.adapters.journal.standing import standing
from bot.adapters.logs.opening import Places, doubts, try_out
from bot.core.configuration import Watch
from bot.core.patterns import literals_of
from bot.core.sources import CommandSource, FileSource, JournaldSource
from bot.doctor.finding import Finding, fail, ok, warn
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError
from bot.settings import Settings

_LITTLE = 500 * 2**20  # a journal of a busy year is some hundred megabytes
_TOO_LITTLE = 50 * 2**20

_REMEDY = "systemctl edit chatopsd: [Service], SupplementaryGroups={}"
_JOURNAL_GROUPS = frozenset({"systemd-journal", "adm", "wheel"})
_ASK_GROUPS = ("systemctl", "show", "--property=SupplementaryGroups", "--value", "chatopsd")


def secrets(dotenv: Path) -> Iterator[Finding]:
    """Look at who else may read the file with the secrets, where there is one."""
    try:
        mode = dotenv.stat().st_mode
    except OSError:
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warn("secrets", f"{dotenv} is not for its owner alone ({stat.filemode(mode)})", f"chmod 600 {dotenv}")


def unencrypted(settings: Settings) -> Iterator[Finding]:
    """Look at the addresses to which a secret is sent."""
    servers = {"SLACK_API_URL": settings.slack_api_url, "GITHUB_API_URL": settings.github_api_url}
    for name, server in {"LOKI_URL": settings.loki, "ALERTMANAGER_URL": settings.alertmanager}.items():
        if server and server.secrets:
            servers[name] = server.url
    for name, url in servers.items():
        address = urlsplit(url)
        if address.scheme == "http" and not _is_loopback(address.hostname or ""):
            yield warn(
                "secrets", f"{name} begins with http://: what the bot signs in with goes over the network for all to read", "use https://"
            )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def journal(settings: Settings) -> Iterator[Finding]:
    """Look at the database without changing it."""
    try:
        found = standing(settings.database_url)
    except ChatopsError as error:
        yield fail("journal", str(error), "see docs/journal.md; `chatopsd journal check` looks at all of it")
        return
    if found.schema is None:
        yield ok("journal", f"{found.where}: not there yet, the first start makes it")
    elif found.is_newer:
        text = f"{found.where}: a newer chatopsd made its tables (version {found.schema}; this one knows up to {found.newest}): it does not start on them"
        yield fail("journal", text, "start the newer chatopsd, or restore a backup from before the upgrade")
    elif found.schema != found.newest:
        yield warn("journal", f"{found.where}: its tables are of version {found.schema}, the next start brings them to {found.newest}")
    else:
        yield ok("journal", f"{found.where}: it can be read, its tables are up to date")


def disk(settings: Settings) -> Iterator[Finding]:
    """Look at the room for what must survive."""
    folder = settings.state_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**30:.1f} GB are free in {settings.state_dir}"
    if free < _TOO_LITTLE:
        yield fail("disk", text, "make room: without it nothing can be written down, and nothing is acked")
    elif free < _LITTLE:
        yield warn("disk", text, "make room, or let the journal be pruned: chatopsd audit prune")
    else:
        yield ok("disk", text)


def watches(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Look at each log that is to be watched."""
    places = Places(clock, settings.loki)
    for watch in settings.configuration.watches:
        topic = f"watch {watch.name}"
        troubles = [warn(topic, doubt) for doubt in doubts(watch.source)]
        troubles += [*_unreadable(topic, watch), *_tried(topic, watch, places)]
        if not literals_of(watch.errors).texts:
            remedy = "write out a word that every error holds, such as ERROR"
            troubles.append(warn(topic, "its pattern holds no text that is always there: every line is tried, which is slow", remedy))
        yield from troubles
        if not troubles:
            yield ok(topic, "its program is here; it was not run" if isinstance(watch.source, CommandSource) else "it can be read")


def alertmanager(settings: Settings) -> Iterator[Finding]:
    """Ask Alertmanager what fires, where one is followed."""
    rules = settings.configuration.alertmanager
    if settings.alertmanager is None or rules is None:
        return
    asked = HttpAlertmanager(settings.alertmanager)
    try:
        found = asked.alerts(rules.filters)
    except ChatopsError as error:
        yield fail("Alertmanager", str(error), "is ALERTMANAGER_URL right, and can this machine reach it?")
    else:
        yield ok("Alertmanager", f"it answers; {len(found)} alerts fire that are followed")
    finally:
        asked.close()


def _tried(topic: str, watch: Watch, places: Places) -> Iterator[Finding]:
    try:
        odd = try_out(watch, places)
    except ChatopsError as error:
        yield fail(topic, str(error), "the watch will say the same, at every look, until it is mended")
    else:
        if odd:
            yield warn(topic, odd)


def _unreadable(topic: str, watch: Watch) -> Iterator[Finding]:
    if isinstance(watch.source, JournaldSource) and not watch.source.directory and os.geteuid() == 0 and not _JOURNAL_GROUPS & _groups():
        yield warn(topic, "you are root: the service may not read the journal", _REMEDY.format("systemd-journal"))
    if not isinstance(watch.source, FileSource):
        return
    for pattern in watch.source.patterns:
        for path in glob.glob(pattern, recursive=True)[:20]:  # noqa: PTH207 - patterns are absolute
            group = _closed(Path(path))
            if group and group not in _groups():
                yield warn(
                    topic, f"{path} is not for everybody to read, and you are root: the service may not be able to", _REMEDY.format(group)
                )
                return
            if not os.access(path, os.R_OK):
                yield fail(topic, f"{path} can't be read", "give the daemon's user its group")
                return


def _groups() -> frozenset[str]:
    """Return the groups that the service was given; none where there is no such service."""
    try:
        done = subprocess.run(_ASK_GROUPS, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(done.stdout.split())


def _closed(path: Path) -> str:
    """Return the group of a file that root can read and others can't; "" for any other."""
    if os.geteuid() != 0:
        return ""
    try:
        return "" if path.stat().st_mode & stat.S_IROTH else path.group()
    except (OSError, KeyError):
        return ""
