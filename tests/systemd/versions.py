"""Other versions of this program, made from its source: a newer one with a new schema, and one that does not come up."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = (
    "bot",
    "plugins",
    "sandbox",
    "systemd",
    "setup.cfg",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "constraints.txt",
    "chatops.example.toml",
)
SCHEMA = "bot/adapters/journal/schema.py"
MIGRATIONS = "bot/adapters/journal/migrations/versions"
MIGRATION = '''"""A table more."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    op.create_table("extra_{revision}", sa.Column("id", sa.Integer, primary_key=True))
'''


def checkout(folder: Path, version: str, revision: str) -> Path:
    """Return a checkout of another version, with a migration more."""
    folder.mkdir(parents=True)
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    replace(folder / "setup.cfg", "version = ", f"version = {version}\n# was: ")
    schema = folder / SCHEMA
    before = head_of(schema.read_text())
    replace(schema, f'"{before}"', f'"{revision}"')
    (folder / MIGRATIONS / f"r{revision}_extra.py").write_text(MIGRATION.format(revision=revision, before=before))
    return folder


def wheel(source: Path, folder: Path) -> Callable[[], Path]:
    """Begin to build a checkout's wheel, and return what waits for it and returns it."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def built() -> Path:
        assert process.wait(120) == 0
        (found,) = folder.glob("chatopsd-9.1.0-*.whl")
        return found

    return built


def broken(whole: Path, version: str, revision: str, says: str) -> Path:
    """Return a wheel made of another one: of a newer version, with a migration more, and raising what it says when it shall connect to Slack."""
    old = whole.name.split("-")[1]
    made = whole.with_name(whole.name.replace(old, version))
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(made, "w") as target:
        for entry in source.namelist():
            text = source.read(entry)
            if entry == SCHEMA:
                before = head_of(text.decode())
                text = text.replace(f'"{before}"'.encode(), f'"{revision}"'.encode())
            elif entry == "bot/app.py":
                assert b"parts.sockets.start()" in text
                text = text.replace(
                    b"parts.sockets.start()", f"from bot.ports.errors import ConfigError; raise ConfigError({says!r})".encode()
                )
            elif entry.endswith("/METADATA"):
                text = text.replace(f"Version: {old}".encode(), f"Version: {version}".encode())
            target.writestr(entry.replace(f"chatopsd-{old}", f"chatopsd-{version}"), text)
        target.writestr(f"{MIGRATIONS}/r{revision}_extra.py", MIGRATION.format(revision=revision, before=before))
    return made


def head_of(schema: str) -> str:
    """Return the newest revision that a version knows."""
    return schema.split("\nHEAD = ", 1)[1].split('"')[1]


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, (path, old)
    path.write_text(text.replace(old, new))
