"""Buying as a person does: by what is written on the page."""

from playwright.sync_api import Page, expect

from tests.e2e.running import Demo

ENTRIES = {
    "E-mail": "mara@example.com",
    "Full name": "Mara Lind",
    "Address": "12 Mill Lane\n90210 Springfield",
}


def go_to_product(page: Page, demo: Demo) -> None:
    """Open the first product of the home page."""
    page.goto(demo.shop)
    page.get_by_role("article").first.get_by_role("link").click()


def add_to_cart(page: Page, demo: Demo) -> None:
    page.get_by_role("button", name="Add to cart").first.click()
    expect(page).to_have_url(f"{demo.shop}/cart")


def go_to_checkout(page: Page, demo: Demo) -> None:
    go_to_product(page, demo)
    add_to_cart(page, demo)
    page.get_by_role("link", name="Checkout").click()


def fill_in(page: Page, *, country: str = "United States", practice: str = "Approves") -> None:
    for label, entry in ENTRIES.items():
        page.get_by_label(label).fill(entry)
    page.get_by_label("Country").select_option(country)
    page.get_by_label("Practice payment").select_option(practice)


def buy(page: Page, demo: Demo, *, country: str = "United States", practice: str = "Approves") -> None:
    """Buy one thing; end on the order's page."""
    go_to_checkout(page, demo)
    fill_in(page, country=country, practice=practice)
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url(f"{demo.shop}/orders/*")


def sign_in(page: Page, demo: Demo) -> None:
    """Log in as the demo's staff; end on the admin's first page."""
    page.goto(f"{demo.shop}/admin/")
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Site administration").wait_for()
