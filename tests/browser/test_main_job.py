"""The main job as a person does it: buy, see it paid, find the payment's dot, open its trace."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Open
from tests.browser.shopping import buy, sign_in
from tests.browser.tour import Tour
from tests.e2e import evidence
from tests.e2e.buying import Bought, order_at
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo

METRIC = "webstore.payment.duration"
WHOLE = {"POST /checkout", "process_payment", "payment_provider_api", "POST /v1/charges"}
with_and_without_script = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])


def bought(page: Page, demo: Demo, *, country: str) -> Bought:
    """Buy until the lens has the payment's dot. A country of its own: there the dot stands alone."""
    buy(page, demo, country=country)
    order = order_at(demo, page.url)
    assert eventually(lambda: order.trace_id in traces_with_a_dot(demo))
    return order


def traces_with_a_dot(demo: Demo) -> set[str]:
    return {dot.trace_id for dot in evidence.dots(demo.lens, "webstore_payment_duration_bucket")}


def go_to_dot(page: Page, demo: Demo, country_code: str) -> None:
    """Walk from the lens' first page to the one country's dot."""
    page.goto(demo.lens)
    page.get_by_role("link", name=METRIC).click()
    page.get_by_label("country", exact=True).get_by_role("link", name=country_code).click()


def expect_the_whole_trace(page: Page, demo: Demo, order: Bought) -> None:
    expect(page).to_have_url(re.compile(rf"^{demo.lens}/traces/{order.trace_id}\b"))
    names = page.get_by_role("rowheader")
    for name in WHOLE:
        expect(names.get_by_role("link", name=name, exact=True)).to_have_count(1)
    programs = names.locator(".program-name").all_text_contents()
    assert set(programs) == {"web", "worker", "provider"}


def test_order_page_turns_paid_where_it_is(window: Open, demo: Demo) -> None:
    page = window()
    buy(page, demo, practice="Slow (4 s)")
    expect(page).to_have_title(re.compile("^Paying… · Order "))
    page.evaluate("window.isStillHere = true")

    expect(page).to_have_title(re.compile("^Paid · Order "))

    expect(page.get_by_role("heading", level=1)).to_have_text("Paid. Thank you, Mara.")
    assert page.evaluate("window.isStillHere") is True


def test_order_page_turns_paid_without_script(window: Open, demo: Demo) -> None:
    page = window(javascript=False)
    buy(page, demo, practice="Slow (4 s)")
    expect(page.get_by_role("link", name="Refresh")).to_have_attribute("href", urlsplit(page.url).path)

    expect(page).to_have_title(re.compile("^Paid · Order "))

    expect(page.get_by_role("heading", level=1)).to_have_text("Paid. Thank you, Mara.")


@pytest.mark.parametrize(
    ("javascript", "country", "code"),
    [(True, "Sweden", "SE"), (False, "Austria", "AT")],
    ids=["script", "no-script"],
)
def test_clicked_dot_opens_the_whole_trace(
    window: Open, demo: Demo, javascript: bool, country: str, code: str
) -> None:
    page = window(javascript=javascript)
    order = bought(page, demo, country=country)
    go_to_dot(page, demo, code)

    page.locator("svg").get_by_role("link", name="open its trace").click()

    expect_the_whole_trace(page, demo, order)


def test_focused_dot_opens_with_enter(window: Open, demo: Demo) -> None:
    page = window()
    order = bought(page, demo, country="Ireland")
    go_to_dot(page, demo, "IE")

    page.get_by_role("link", name=re.compile("^Skip 1 dot")).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect_the_whole_trace(page, demo, order)


def test_new_dot_comes_to_an_open_page(window: Open, demo: Demo, tour: Tour) -> None:
    watching = window()
    watching.goto(f"{demo.lens}/metrics/{METRIC}?as=table")

    order = bought(window(), demo, country="Netherlands")

    expect(watching.locator(f"#dots a[href*='{order.trace_id}']")).to_have_count(1)


@with_and_without_script
def test_admins_order_opens_the_same_trace(window: Open, demo: Demo, javascript: bool) -> None:
    page = window(javascript=javascript)
    buy(page, demo)
    order = order_at(demo, page.url)
    expect(page).to_have_title(re.compile("^Paid"))
    sign_in(page, demo)

    page.get_by_role("rowheader").get_by_role("link", name="Orders", exact=True).click()
    page.get_by_role("link", name=order.number).click()
    page.get_by_role("link", name="Open trace").click()

    expect_the_whole_trace(page, demo, order)
