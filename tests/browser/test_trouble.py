"""Trouble is told in words, with a way on, and costs nothing that was typed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import Open, opening
from tests.browser.shopping import ENTRIES, buy, fill_in, go_to_checkout
from tests.e2e.running import Demo

WRONG = "mara at example"
KEPT = re.compile(r"Nothing was charged\. Your things are kept for you for \d+ more minutes\.")
EMAIL_ERROR = "Enter the e-mail the receipt goes to, like name@example.com."


def test_decline_is_told_in_words(window: Open, demo: Demo) -> None:
    page = window()

    buy(page, demo, practice="Declines")

    expect(page).to_have_title(re.compile("^Declined · Order "))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your bank said no")
    expect(page.locator("p.lead")).to_have_text(KEPT)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_declined_order_is_paid_another_way(window: Open, demo: Demo, javascript: bool) -> None:
    page = window(javascript=javascript)
    buy(page, demo, practice="Declines")

    page.get_by_role("link", name="Try another way to pay").click()
    page.get_by_label("PayPal").check()
    page.get_by_label("Practice payment").select_option("Approves")
    page.get_by_role("button", name="Pay $").click()

    expect(page).to_have_title(re.compile("^Paid · Order "))


@pytest.fixture(scope="module", params=[True, False], ids=["script", "no-script"])
def refused(request: pytest.FixtureRequest, browser: Browser, demo: Demo) -> Iterator[Page]:
    with opening(browser) as window:
        yield refused_checkout(window(javascript=request.param), demo)


def refused_checkout(page: Page, demo: Demo) -> Page:
    """Place an order with an e-mail that is none, and without a name."""
    go_to_checkout(page, demo)
    fill_in(page, country="Canada", practice="Declines")
    page.get_by_label("E-mail").fill(WRONG)
    page.get_by_label("Full name").fill("")
    page.get_by_label("Bank transfer").check()
    page.get_by_role("button", name="Place order").click()
    return page


def test_refused_checkout_says_so_in_its_title(refused: Page) -> None:
    expect(refused).to_have_title("Error: Checkout · WebStore")


def test_refused_checkout_links_to_what_is_wrong(refused: Page) -> None:
    summary = refused.get_by_role("alert")
    expect(summary.get_by_role("heading")).to_have_text("2 things to fix")

    summary.get_by_role("link", name=EMAIL_ERROR).click()

    expect(refused.get_by_label("E-mail")).to_be_focused()


def test_refused_field_tells_its_error_beside_it(refused: Page) -> None:
    field = refused.get_by_label("E-mail")

    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile(re.escape(EMAIL_ERROR)))
    expect(field.locator("..").locator(".field-error")).to_have_text(EMAIL_ERROR)


def test_refused_checkout_keeps_all_that_was_typed(refused: Page) -> None:
    expect(refused.get_by_label("E-mail")).to_have_value(WRONG)
    expect(refused.get_by_label("Full name")).to_have_value("")
    expect(refused.get_by_label("Address")).to_have_value(ENTRIES["Address"])
    expect(refused.get_by_label("Country")).to_have_value("CA")
    expect(refused.get_by_label("Bank transfer")).to_be_checked()
    expect(refused.get_by_label("Practice payment")).to_have_value("tok_decline")
