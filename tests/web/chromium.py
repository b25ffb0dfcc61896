"""The browser that looks at the sandbox's page, where one is installed."""

import shutil

# The shell draws with the same engine, has no window, and takes a third of the processor time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
HOW_TO_INSTALL = "apt-get install chromium-headless-shell fonts-noto-color-emoji, on Ubuntu chromium in place of the first"


def find_chromium() -> str | None:
    """Return the path of the first of `PROGRAMS` that is installed."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)
