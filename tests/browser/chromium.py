"""Debian's Chromium, driven from outside."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, Protocol

from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

EXECUTABLE = Path("/usr/bin/chromium")
# Loopback only, and quick; a sandbox cannot be had as root.
_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
_PATIENCE_MS = 15_000
HEIGHT = 844

Scheme = Literal["light", "dark"]


class Open(Protocol):
    """Open a window of its own: no cookies but those given."""

    def __call__(
        self,
        *,
        width: int = ...,
        scheme: Scheme = ...,
        javascript: bool = ...,
        cookies: StorageState | None = ...,
    ) -> Page: ...


@contextmanager
def launched() -> Iterator[Browser]:
    arguments = [*_ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else _ARGUMENTS
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opening(browser: Browser) -> Iterator[Open]:
    """Give out windows and close them all at the end."""
    with ExitStack() as opened:

        def open_window(
            *,
            width: int = 1280,
            scheme: Scheme = "light",
            javascript: bool = True,
            cookies: StorageState | None = None,
        ) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": HEIGHT},
                color_scheme=scheme,
                java_script_enabled=javascript,
                storage_state=cookies,
            )
            opened.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            return context.new_page()

        yield open_window
