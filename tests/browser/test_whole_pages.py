"""Every page is whole: nothing fails behind it, nothing sticks out, nobody is shut out."""

import time

import pytest
from playwright.sync_api import ConsoleMessage, Route, expect

from tests.browser.chromium import Open
from tests.browser.reading import barriers, layout_shifts
from tests.browser.tour import STOPS, Stop, Tour

every_page = pytest.mark.parametrize("stop", STOPS, ids=str)
both_widths = pytest.mark.parametrize("width", [390, 1280])
FONT_LATE_SECONDS = 0.3
# A late font may nudge what follows it on its line by a hair; 0.1 is what people notice.
HAIR = 0.001


@every_page
def test_page_loads_without_an_error(window: Open, tour: Tour, stop: Stop) -> None:
    page = window(cookies=tour.cookies(stop))
    troubles: list[str] = []
    page.on("console", lambda message: troubles.extend(_complaints(message, stop)))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(f"{request.url} {request.failure}"))

    tour.enter(stop, page)
    expect(page).to_have_title(page.title())

    assert troubles == []


def _complaints(message: ConsoleMessage, stop: Stop) -> list[str]:
    """Return what is wrong: what the CSP refused too, so other hosts. A missing page may say that it is."""
    is_expected = stop.status == 404 and "status of 404" in message.text
    return [message.text] if message.type in {"error", "warning"} and not is_expected else []


@both_widths
@every_page
def test_page_shuts_nobody_out(tour: Tour, stop: Stop, width: int) -> None:
    page = tour.visit(stop, width=width)

    assert barriers(page) == []


@pytest.mark.parametrize("width", [320, 390])
@every_page
def test_page_fits_the_phone(tour: Tour, stop: Stop, width: int) -> None:
    page = tour.visit(stop, width=width)

    assert page.evaluate("document.documentElement.scrollWidth") == width


@every_page
def test_page_has_one_main_heading(tour: Tour, stop: Stop) -> None:
    page = tour.visit(stop)

    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@both_widths
@pytest.mark.parametrize("stop", [stop for stop in STOPS if stop.has_search], ids=str)
def test_search_is_a_field_in_sight(tour: Tour, stop: Stop, width: int) -> None:
    page = tour.visit(stop, width=width)

    expect(page.get_by_role("searchbox", name="Search products")).to_be_in_viewport()


@pytest.mark.parametrize("stop", [stop for stop in STOPS if stop.name == "checkout"], ids=str)
def test_checkout_offers_no_search(tour: Tour, stop: Stop) -> None:
    page = tour.visit(stop)

    expect(page.get_by_role("searchbox")).to_have_count(0)


def let_through_late(route: Route) -> None:
    time.sleep(FONT_LATE_SECONDS)
    route.continue_()


@both_widths
@pytest.mark.parametrize("stop", [stop for stop in STOPS if stop.name in {"home", "list"}], ids=str)
def test_nothing_moves_while_it_loads(window: Open, tour: Tour, stop: Stop, width: int) -> None:
    page = window(width=width)
    page.route("**/*.woff2", let_through_late)

    tour.enter(stop, page)
    page.wait_for_load_state("networkidle")

    assert layout_shifts(page) < HAIR
