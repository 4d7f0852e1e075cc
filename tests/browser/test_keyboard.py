"""Everything can be done with Tab, Enter and Space."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Open
from tests.browser.shopping import ENTRIES
from tests.browser.tour import STOPS, Tour
from tests.e2e.running import Demo

MANY_STOPS = 60
# A product's card wears its name's ring.
HAS_RING = """["", "::after"].some((part) => {
  return getComputedStyle(document.activeElement, part).outlineStyle === "solid";
})"""


def tab_to(target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(MANY_STOPS):
        target.page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{MANY_STOPS} times Tab did not lead to {target}")


def press(target: Locator, key: str) -> None:
    tab_to(target)
    with target.page.expect_navigation():
        target.page.keyboard.press(key)


def test_skip_link_comes_first_and_skips(window: Open, demo: Demo) -> None:
    page = window()
    page.goto(demo.shop)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()


def test_purchase_needs_no_mouse(window: Open, demo: Demo) -> None:
    page = window()
    page.goto(demo.shop)

    press(page.get_by_role("article").first.get_by_role("link"), "Enter")
    press(page.get_by_role("button", name="Add to cart").first, "Space")
    press(page.get_by_role("link", name="Checkout"), "Enter")
    type_in(page)
    press(page.get_by_role("button", name="Place order"), "Space")

    expect(page).to_have_title(re.compile("^Paid · Order "))


def type_in(page: Page) -> None:
    for label, entry in ENTRIES.items():
        tab_to(page.get_by_label(label))
        page.keyboard.type(entry)


def test_focus_is_seen_at_every_step(tour: Tour) -> None:
    [home] = [stop for stop in STOPS if stop.name == "home"]
    page = tour.visit(home, width=390)

    for _ in range(20):
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_be_in_viewport()
        assert page.evaluate(HAS_RING)
