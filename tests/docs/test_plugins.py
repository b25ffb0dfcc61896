"""docs/plugins.md names every hook, everything that a handler is given and every call on storage, and its code is the tested one."""

import inspect
import re
from pathlib import Path

from bot.api import Context, Plugin, Storage
from bot.settings_file import ChatopsTable
from bot.testing import PluginSandbox
from tests.docs import reference

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "plugins.md").read_text()


def rows(heading: str) -> set[str]:
    """Return the words in code in the first column of the table below a heading."""
    part = re.split(r"^## ", TEXT.partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return {word for line in re.findall(r"^\| (.*?) \|", part, flags=re.MULTILINE) for word in re.findall(r"`(\w+)`", line)}


def public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")}


def test_every_hook_is_named_and_no_other() -> None:
    assert rows("What a plugin serves") == {name for name, member in inspect.getmembers(Plugin, inspect.isfunction) if name[0] != "_"}


def test_everything_that_a_handler_is_given_is_named_and_nothing_else() -> None:
    assert rows("What a handler is given") == public(Context)


def test_every_call_on_storage_is_named_and_no_other() -> None:
    assert rows("Storage of its own") == public(Storage)


def test_every_call_that_a_handler_may_make_is_in_the_reference() -> None:
    assert reference.FILE.read_text() == reference.reference(), "python -m tests.docs.reference writes it anew"


def test_everything_that_the_sandbox_can_do_is_named() -> None:
    own = {name for name in vars(PluginSandbox) if name[0] != "_"} - {"close", "received", "settle"}  # what the fixture itself needs
    assert own <= set(re.findall(r"`sandbox\.(\w+)", TEXT))


def test_the_settings_that_tame_a_plugin_are_named() -> None:
    for setting in ("operators", "crash_budget", "crash_window", "slow_after"):
        assert setting in ChatopsTable.model_fields
        assert f"`{setting}`" in TEXT


def test_the_code_is_what_the_command_writes() -> None:
    shown = re.findall(r"<!-- (\S+) -->\n```python\n(.*?)```", TEXT, flags=re.DOTALL)

    assert len(shown) == 2
    for path, text in shown:
        assert (ROOT / path).read_text().replace("NAME", "hello") == text
