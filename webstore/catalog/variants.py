"""Makes a big catalogue out of a small one: the same things by other makers, in other finishes.

Nothing is random: the same number of products is always the same products.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from django.utils.text import slugify

from webstore.catalog.models import Product

MAKERS = (
    "Hillside", "Nordby", "Atelier Brandt", "Two Rivers", "Lindqvist", "Old Mill", "Casa Verde", "Maren",
    "Harbour Row", "Pinecroft", "Tanaka", "Blue Barn", "Fernwood", "Vale", "Quayside", "Ostrava Works",
)  # fmt: skip
_GOODS = ("classic", "small", "large", "pair", "gift box", "travel size", "second choice", "limited run")
_COLOURS = ("charcoal", "moss", "rust", "sand", "navy", "plum", "cream", "sky")
EDITIONS = {
    "pantry": (
        "organic",
        "family pack",
        "small pack",
        "first harvest",
        "late harvest",
        "mild",
        "strong",
        "gift box",
    ),
    "plants": ("young", "full grown", "dwarf", "in clay", "in zinc", "hardy", "early", "late"),
    "clothes": _COLOURS,
    "house": _COLOURS,
    "desk": _COLOURS,
}

# Prices move between 80 % and 140 % of the original; the steps are prime to the ranges.
_LOWEST_PERCENT, _PERCENT_RANGE, _PERCENT_STEP = 80, 61, 37
_STOCK_RANGE, _STOCK_STEP = 251, 67


def of(originals: list[Product]) -> Iterator[Product]:
    """Yield unsaved variants without end, each round one of every product."""
    for turn in count():
        for position, original in enumerate(originals):
            yield _variant(original, turn=turn, position=position)


def _variant(original: Product, *, turn: int, position: int) -> Product:
    name = f"{original.name}, {_edition(original.category.slug, turn)}"
    mixed = turn * len(MAKERS) + position
    percent = _LOWEST_PERCENT + mixed * _PERCENT_STEP % _PERCENT_RANGE
    maker = MAKERS[turn % len(MAKERS)]
    return Product(
        category=original.category,
        name=name,
        slug=slugify(name),
        fact=original.fact,
        description=f"{original.description} This one is made by {maker}.",
        picture=original.picture,
        picture_alt=original.picture_alt,
        price_minor=_rounded(original.price_minor * percent // 100),
        on_hand=mixed * _STOCK_STEP % _STOCK_RANGE,
        created_at=original.created_at - timedelta(days=30 + turn),
    )


def _edition(shelf: str, turn: int) -> str:
    """Return "Nordby, moss"; once every pair was had, "Nordby, moss, series 2"."""
    editions = EDITIONS.get(shelf, _GOODS)
    series, turn = divmod(turn, len(MAKERS) * len(editions))
    maker, edition = MAKERS[turn % len(MAKERS)], editions[turn // len(MAKERS)]
    return f"{maker}, {edition}" + (f", series {series + 1}" if series else "")


def _rounded(minor: int) -> int:
    """Return a price as shops write it: whole tens of cents, and never nothing."""
    return max(10, minor // 10 * 10)
