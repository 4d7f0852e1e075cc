"""A browser for this room, a window for each test, and a shop with something in it to look at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import EXECUTABLE, Open, launched, opening
from tests.browser.tour import Tour, tour_of
from tests.e2e.running import Demo


# Not for the whole session: while Playwright's loop runs, Django refuses to touch a database.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not EXECUTABLE.exists():
        pytest.skip("needs Chromium: apt-get install chromium")
    with launched() as browser:
        yield browser


@pytest.fixture
def window(browser: Browser) -> Iterator[Open]:
    with opening(browser) as open_window:
        yield open_window


@pytest.fixture(scope="package")
def tour(browser: Browser, demo: Demo) -> Iterator[Tour]:
    with opening(browser) as open_window:
        yield tour_of(demo, open_window)
