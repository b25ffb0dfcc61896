"""What is installed is whole: the wheel, unpacked where no source tree is near, holds its data files and works."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = (
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
USE = """
from pathlib import Path

import bot, sandbox
from bot.adapters.clock import SystemClock
from bot.adapters.journal.journal import open_journal
from bot.engine.plugins import load

here = Path.cwd()
assert Path(bot.__file__).is_relative_to(here), bot.__file__
open_journal(f"sqlite:///{here}/journal.db", SystemClock()).close()
assert "release" in load(["release", "ops"], []).commands
assert (Path(sandbox.__file__).parent / "web" / "index.html").is_file()
assert (Path(bot.__file__).parent / "demo" / "chatops.toml").is_file()
"""


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_wheel_works_without_the_source_tree(tmp_path: Path) -> None:
    tree, installed = tmp_path / "tree", tmp_path / "installed"
    tree.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    built = run(*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(tree), cwd=tmp_path)
    if "No matching distribution found for setuptools" in built.stderr:
        pytest.skip("setuptools, which builds the wheel, can't be fetched here")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert run(*pip, "install", "--no-deps", "--target", str(installed), str(wheel), cwd=tmp_path).returncode == 0

    used = run(sys.executable, "-c", USE, cwd=installed)

    assert used.returncode == 0, used.stderr
