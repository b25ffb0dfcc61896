"""A sandbox, a scripted bot that speaks Slack's own protocols to it, and a browser that looks at its page."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.chromium import ARGUMENTS, HOW_TO_INSTALL, find_chromium
from tests.web.control import Sandbox
from tests.web.scripted_bot import ScriptedBot

sync_api = pytest.importorskip("playwright.sync_api", reason="the web page's tests need playwright")

Look = Callable[..., Any]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all tests of the page; each test says and shows something of its own in it."""
    ready = tmp_path_factory.mktemp("sandbox") / "ready.json"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--speed", "4", "--ready-file", str(ready)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        yield Sandbox(_url(process, ready))
    finally:
        process.terminate()
        process.wait(timeout=15)


def _url(process: subprocess.Popen[bytes], ready: Path) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if ready.exists():
            return str(json.loads(ready.read_text())["url"])
        if process.poll() is not None:
            break
        time.sleep(0.05)  # a process tells only through its ready file that it listens
    raise RuntimeError(f"The sandbox did not start (exit code {process.poll()}).")


@pytest.fixture(scope="session")
def one_bot(sandbox: Sandbox) -> Iterator[ScriptedBot]:
    bot = ScriptedBot(sandbox.url)
    try:
        yield bot
    finally:
        bot.disconnect()


@pytest.fixture
def bot(one_bot: ScriptedBot) -> ScriptedBot:
    """A bot that is connected through Socket Mode, and knows nothing of the tests before."""
    one_bot.connect()
    one_bot.forget()
    return one_bot


@pytest.fixture
def no_bot(one_bot: ScriptedBot) -> None:
    """Nobody is connected."""
    one_bot.disconnect()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; gone before other tests follow in this process: its driver keeps an event loop running in this thread."""
    path = find_chromium()
    if path is None:
        pytest.skip(f"chromium is not installed ({HOW_TO_INSTALL})")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def look(browser: Any, sandbox: Sandbox) -> Iterator[Look]:
    """Open the page: `look("/?as=U0ANN", phone=True, dark=True)`. Afterwards no page may have complained in its console."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page(path: str = "/?as=U0ANN", *, phone: bool = False, dark: bool = False, welcome: bool = False) -> Any:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP, color_scheme="dark" if dark else "light", has_touch=phone, is_mobile=phone, locale="en-GB"
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if not welcome:
            context.add_init_script("localStorage.setItem('sandbox:welcome:gone', '1')")
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(sandbox.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
