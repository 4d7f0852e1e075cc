"""What the shelves hold on the first day, from the files in data/."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from webstore.catalog.models import Category, Product

_FILES = Path(__file__).parent / "data"

# The newest product of the first day. Fixed, so that every first day is the same.
OPENING = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Shelf:
    """A category's row, and the values of its products' rows."""

    category: Category
    products: list[dict[str, Any]]


def read() -> list[Shelf]:
    """Return the shelves in the order of their files; nothing is saved."""
    return [_shelf(path, position) for position, path in enumerate(sorted(_FILES.glob("*.json")))]


def _shelf(path: Path, position: int) -> Shelf:
    values = json.loads(path.read_text(encoding="utf-8"))
    products = values.pop("products")
    return Shelf(Category(position=position, **values), products)


def first_products(shelves: list[Shelf]) -> list[Product]:
    """Return the products that are written in the files, unsaved, the newest first.

    The shelves take turns, so that the newest eight are of eight categories.
    """
    longest = max(len(shelf.products) for shelf in shelves)
    turns = [
        (shelf.category, shelf.products[turn])
        for turn in range(longest)
        for shelf in shelves
        if turn < len(shelf.products)
    ]
    return [
        Product(category=category, created_at=OPENING - timedelta(hours=age), **values)
        for age, (category, values) in enumerate(turns)
    ]
