"""What a page tells an examiner."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_GRAVE = {"serious", "critical"}
_AXE = Axe()
_ALL: dict[str, Any] = {
    "resultTypes": ["violations"],
    # Django's search field is labelled by a picture with a text alternative; this rule reads letters only.
    "rules": {"label-title-only": {"enabled": False}},
}
_CONTRAST: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}


def barriers(page: Page) -> list[str]:
    """Return the grave accessibility violations in light, and what dark adds to them: contrast."""
    found = _violations(page, _ALL)
    page.emulate_media(color_scheme="dark")
    return found + _violations(page, _CONTRAST)


def _violations(page: Page, options: dict[str, Any]) -> list[str]:
    # Half-way through a transition a colour is neither light nor dark.
    page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in _AXE.run(page, options=options).response["violations"]
        if violation["impact"] in _GRAVE
        for node in violation["nodes"]
    ]


def layout_shifts(page: Page) -> float:
    """Return by how much things moved since the page began (Chromium's own measure)."""
    return float(page.evaluate(_SHIFTS))


_SHIFTS = """() => new Promise((resolve) => {
  const observer = new PerformanceObserver((list) => {
    resolve(list.getEntries().reduce((sum, entry) => sum + entry.value, 0));
  });
  observer.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(0), 200);
})"""
