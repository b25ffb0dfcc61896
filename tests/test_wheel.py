"""What is installed is whole: the wheel, unpacked where no source tree is near, holds its data files and works."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
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
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
USE = """
from pathlib import Path

import bot, sandbox
from bot.adapters.clock import SystemClock
from bot.adapters.journal.journal import open_journal
from bot.engine.plugins import load
from sandbox.tries import things_to_try

here = Path.cwd()
assert Path(bot.__file__).is_relative_to(here), bot.__file__
open_journal(f"sqlite:///{here}/journal.db", SystemClock()).close()
assert "release" in load(["release", "ops"], []).commands
assert (Path(sandbox.__file__).parent / "web" / "index.html").is_file()
assert (Path(bot.__file__).parent / "demo" / "chatops.toml").is_file()
assert len(things_to_try()) == 3
assert (Path(sandbox.__file__).parent / "github" / "shipped" / "release.yml").read_text().startswith(("#", "name"))
"""


def run(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False, env=env)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, from a copy of what it is built from."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    built = run(*PIP, "wheel", "--no-deps", "--wheel-dir", str(folder), str(tree), cwd=folder)
    if "No matching distribution found for setuptools" in built.stderr:
        pytest.skip("setuptools, which builds the wheel, can't be fetched here")
    assert built.returncode == 0, built.stderr
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_works_without_the_source_tree(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    assert run(*PIP, "install", "--no-deps", "--target", str(installed), str(wheel), cwd=tmp_path).returncode == 0

    used = run(sys.executable, "-c", USE, cwd=installed)

    assert used.returncode == 0, used.stderr


def test_a_plugin_in_a_repository_of_its_own_is_written_and_tested_with_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """A fresh environment; the libraries are those that are here, so that nothing is fetched."""
    place, outside = tmp_path / "environment", tmp_path / "outside"
    venv.create(place, with_pip=False)
    python = str(place / "bin" / "python")
    libraries = next((place / "lib").glob("python*/site-packages"))
    (libraries / "libraries.pth").write_text(sysconfig.get_paths()["purelib"])
    installed = run(*PIP, "--python", python, "install", "--no-deps", "--ignore-installed", str(wheel), cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS") and "XDIST" not in name}

    written = run(str(place / "bin" / "chatopsd"), "plugins", "new", "greeter", "--folder", str(outside), cwd=tmp_path, env=clean)
    assert written.returncode == 0, written.stderr
    with (outside / "test_greeter.py").open("a") as file:
        file.write("\n\ndef test_of_the_wheel() -> None:\n    import bot, sys\n\n    assert bot.__file__.startswith(sys.prefix)\n")
    tested = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=outside, env=clean)

    assert "2 passed" in tested.stdout, tested.stdout + tested.stderr
