"""Secrets typed in wherever a stranger can type, each with a name of its own."""

import re
import sqlite3
from contextlib import closing

import requests

from tests.sinks.programs import Programs
from webstore.demo.forms import Page
from webstore.demo.shopper import Shopper, Wish

SIGN = "canary"
# What the shop's own pages may show back to whoever typed it in: forms with errors, search results.
ERRORS = {400, 403, 404, 500, 503}


class Typist:
    """Types secrets; keeps the pages that told of an error."""

    def __init__(self, shop: Programs) -> None:
        self.shop = shop
        self.session = requests.Session()
        self.session.trust_env = False
        secret = f"{SIGN}cookie"
        self.session.cookies.set("canaryname", secret)
        for name in ("User-Agent", "Referer", "X-Forwarded-For", "Authorization", "Accept-Language", "X-Odd"):
            self.session.headers[name] = f"{SIGN}{name.lower()}"
        forged = {
            "traceparent": f"{SIGN}traceparent",
            "tracestate": f"{SIGN}=state",
            "baggage": f"{SIGN}=baggage",
        }
        self.session.headers.update(forged)
        self.statuses: set[int] = set()
        self.error_pages: list[str] = []

    def get(self, path: str, **headers: str) -> requests.Response:
        return self._kept(self.session.get(self.shop.shop + path, headers=headers, timeout=20))

    def post(self, path: str, **entries: str) -> requests.Response:
        page = Page(self.session.get(self.shop.shop + "/orders/find", timeout=20).text)
        token = page.form("/orders/find").fields["csrfmiddlewaretoken"]
        return self.post_plainly(path, csrfmiddlewaretoken=token, **entries)

    def post_plainly(self, path: str, **entries: str) -> requests.Response:
        return self._kept(self.session.post(self.shop.shop + path, data=entries, timeout=20))

    def _kept(self, answer: requests.Response) -> requests.Response:
        self.statuses.add(answer.status_code)
        if answer.status_code in ERRORS:
            self.error_pages.append(answer.text)
        return answer


def type_everywhere(typist: Typist) -> None:
    """Fill every form and address of the shop with secrets, as a visitor."""
    for path in ("/products?q=", "/products?category=", "/products?page=", "/products/", "/", "/orders/"):
        typist.get(f"{path}{SIGN}path")
    typist.get(f"/orders/{SIGN}token/pay")
    typist.get(f"/cart?slug={SIGN}&quantity={SIGN}")
    typist.get("/cart", Host=f"{SIGN}.example")
    typist.post("/cart/add", slug=f"{SIGN}slug", quantity=f"{SIGN}quantity")
    typist.post("/cart/change", line=f"{SIGN}line", quantity=f"{SIGN}quantity")
    typist.post("/cart/remove", line=f"{SIGN}line")
    typist.post("/orders/find", number=f"{SIGN}number", email=f"{SIGN}find@secret.example")
    typist.post("/orders/find", number=f"{SIGN}\x00number", email="\x00")
    product = Shopper(typist.shop.shop).products()[0]
    typist.post("/cart/add", slug=product.rsplit("/", 1)[-1], quantity="1")
    shown = ("shown_total_minor", "shown_sign")
    fields = ("payment_method", "payment_token", "checkout_token", "country", "email", *shown)
    typist.post("/checkout", **{field: f"{SIGN}{field}" for field in fields})
    typist.post_plainly("/orders/find", number=f"{SIGN}number", csrfmiddlewaretoken=f"{SIGN}csrf")
    typist.post("/admin/login/", username=f"{SIGN}user", password=f"{SIGN}password")


def search_as_staff(typist: Typist) -> None:
    page = Page(typist.get("/admin/login/").text)
    token = page.forms[-1].fields["csrfmiddlewaretoken"]
    entries = {"username": "demo", "password": "demo", "csrfmiddlewaretoken": token}
    typist.post_plainly("/admin/login/?next=/admin/", **entries)
    assert typist.get(f"/admin/orders/order/?q={SIGN}search").ok
    typist.get(f"/admin/orders/order/?{SIGN}lookup={SIGN}value")
    typist.get(f"/admin/orders/order/{SIGN}key/change/")
    typist.get(f"/admin/{SIGN}/nowhere/")


def buy_secretly(shop: Programs) -> str:
    """Buy with secrets as name, address and e-mail; return the order's path, a secret too."""
    shopper = shop.shopper()
    next(path for path in shopper.products() if shopper.add_to_cart(path))
    wish = Wish(email=f"{SIGN}mail@secret.example", name=f"{SIGN} name", address=f"{SIGN} address")
    path = shopper.check_out(wish)
    shopper.wait(path, seconds=20)
    return path


def break_order(shop: Programs, order_path: str, column: str) -> None:
    """Put a text where something else belongs: reading it raises, and messages quote values."""
    with closing(sqlite3.connect(shop.places.data / "shop.sqlite3", timeout=10)) as db, db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        sql = f"UPDATE orders_order SET {column} = ? WHERE token = ?"  # noqa: S608 - our own columns
        db.execute(sql, (f"{SIGN}{column}", order_path.rsplit("/", 1)[-1]))


def told_in(text: str) -> set[str]:
    """Return every secret that stands in a text."""
    return set(re.findall(rf"(?i){SIGN}[\w@.=\\ -]{{0,20}}", text))
