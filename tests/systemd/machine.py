"""A machine with systemd as its PID 1, for the time of some tests: its own processes, files and services; this machine's network."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

BOOT = Path(__file__).with_name("boot.sh")
ROOT = Path(__file__).parents[2]
SOURCE = "/mnt/source"
EXCHANGE = "/mnt/exchange"
BOOT_WITHIN_S = 30.0


def why_not() -> str:
    """Return why such a machine can't be booted here, "" when it can."""
    if os.geteuid() != 0:
        return "booting a systemd needs root"
    if not Path("/lib/systemd/systemd").exists():
        return "systemd is not here (Debian: apt install systemd)"
    missing = [program for program in ("unshare", "nsenter", "mount", "pivot_root") if shutil.which(program) is None]
    if missing:
        return f"{', '.join(missing)} is not here (Debian: apt install util-linux mount)"
    if subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    ).returncode:
        return "namespaces and mounts are forbidden here (a container without CAP_SYS_ADMIN)"
    fits = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    if subprocess.run(["/usr/bin/python3", "-c", fits], capture_output=True, check=False).returncode:
        return "/usr/bin/python3 is not 3.11 or newer with venv (Debian: apt install python3-venv)"
    return ""


class Machine:
    """The machine, booted.

    Args:
        folder: an empty folder for it; what the test and it exchange is in `exchange`.
    """

    def __init__(self, folder: Path) -> None:
        self.exchange = folder / "exchange"
        work = folder / "work"
        for made in (self.exchange, work):
            made.mkdir(parents=True)
        self._log = folder / "boot.log"
        with self._log.open("wb") as log:
            command = ["unshare", "--mount", "--propagation", "private", "--", "bash", str(BOOT), str(work), str(ROOT), str(self.exchange)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._pid = 0
        self.wait(self._is_up, "the machine's start", BOOT_WITHIN_S)

    def _is_up(self) -> bool:
        assert self._process.poll() is None, f"the machine did not boot:\n{self._log.read_text(errors='replace')}"
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if not children or Path(f"/proc/{children[0]}/comm").read_text().strip() != "systemd":
            return False
        self._pid = int(children[0])
        return self.run("systemctl is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def run(
        self, script: str, check: bool = True, env: Mapping[str, str] | None = None, within_s: float = 240.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell script in the machine, as root."""
        enter = ["nsenter", "-t", str(self._pid), "-m", "-u", "-i", "-p", "-C", "-r", "-w"]
        done = subprocess.run(
            [*enter, "bash", "-euc", script],
            env={"PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
        )
        assert not check or done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done

    def says(self, script: str) -> str:
        """Return what a shell script prints."""
        return self.run(script).stdout.strip()

    def wait(self, is_so: Callable[[], bool], what: str, within_s: float = 30.0) -> float:
        """Wait until something is so, and return how many seconds that took."""
        begun = time.monotonic()
        while not is_so():
            assert time.monotonic() - begun < within_s, f"waited {within_s:.0f} s for {what}"
            time.sleep(0.05)
        return time.monotonic() - begun

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a file of the machine."""
        (self.exchange / "file").write_text(text)
        self.run(f"install -D -m {mode} {EXCHANGE}/file {path}")

    def close(self) -> None:
        """End everything in it, and forget all of it."""
        # `unshare --fork` outlives SIGTERM; its child, PID 1, dies with it, and with that all others.
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
