"""New things on the shelf, of which there are exactly so many."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urljoin

from tests.faults.customers import Form
from tests.faults.managing import manage
from tests.faults.tree import Tree
from webstore.demo.forms import Page
from webstore.demo.shopper import Shopper, Wish

_AT_ONCE = 8
_TIMEOUT_SECONDS = 30
_PATIENCE_SECONDS = 120
# By the shop's own code: what came onto the shelf is on record.
_STOCK_UP = """
import secrets
from django.db import transaction
from webstore.catalog import stock
from webstore.catalog.models import Category, Product
for number in range({kinds}):
    slug = f"rarity-{{number}}-{{secrets.token_hex(4)}}"
    with transaction.atomic():
        Product.objects.create(
            category=Category.objects.first(), name=slug, slug=slug, fact="1 kg",
            picture="red-apple.webp", price_minor=100 + number, on_hand={units},
        )
        stock.record_first(Product.objects.filter(slug=slug))
    print(slug)
"""


@dataclass(frozen=True)
class Rarities:
    """A few kinds of things nobody else wants."""

    tree: Tree
    slugs: tuple[str, ...]

    @classmethod
    def put_on_shelf(cls, tree: Tree, *, kinds: int, units: int) -> "Rarities":
        script = _STOCK_UP.format(kinds=kinds, units=units)
        arguments = ("shell", "-v", "0", "-c", script)
        done = manage(tree.environment(), *arguments, timeout_seconds=_PATIENCE_SECONDS)
        assert done.returncode == 0, done.stderr
        return cls(tree, tuple(done.stdout.split()))

    @property
    def left(self) -> list[tuple[int, int]]:
        """Return (on hand, reserved) of each."""
        marks = ",".join("?" * len(self.slugs))
        sql = f"SELECT on_hand, reserved FROM catalog_product WHERE slug IN ({marks})"  # noqa: S608
        return self.tree.rows(sql, *self.slugs)

    def fill(self, count: int, wish: Wish | None = None) -> list[Form]:
        """Return so many customers' forms; each wants one of each kind, every other in opposite order."""
        orders = [self.slugs[:: -1 if number % 2 else 1] for number in range(count)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda slugs: _fill(self.tree.shop, slugs, wish or Wish()), orders))


def _fill(shop: str, slugs: tuple[str, ...], wish: Wish) -> Form:
    """Fill a cart with few requests: one page's form tells enough for all."""
    shopper = Shopper(shop)
    page = Page(shopper.session.get(f"{shop}/products/{slugs[0]}", timeout=_TIMEOUT_SECONDS).text)
    entries = page.form("/cart/add").fields
    for slug in slugs:
        answer = shopper.session.post(
            urljoin(shop, "/cart/add"),
            data={**entries, "slug": slug, "quantity": "1"},
            allow_redirects=False,
            timeout=_TIMEOUT_SECONDS,
        )
        assert answer.status_code == 302, answer
    entries = shopper.fill_checkout(wish)
    # The server ends an idle connection after some seconds: not just when the button is pressed.
    shopper.session.close()
    return Form(shopper, entries)
