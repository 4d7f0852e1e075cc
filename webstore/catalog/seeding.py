"""Fills empty shelves. What is there already is left alone: no price, text or stock is reset."""

from collections.abc import Callable
from itertools import islice

from django.db import transaction

from webstore.catalog import shelves, stock, variants
from webstore.catalog.models import Category, Product

BATCH_SIZE = 500

Progress = Callable[[int], None]


def seed(*, product_count: int | None, on_progress: Progress) -> int:
    """Put the first products on the shelves, and variants up to `product_count`. Return how many are new.

    `on_progress` hears after each batch how many products were looked at.
    """
    rows = shelves.read()
    _save_categories(rows)
    wanted = shelves.first_products(rows)
    more = max(0, (product_count or 0) - len(wanted))
    return _save_missing([*wanted, *islice(variants.of(wanted), more)], on_progress)


def _save_categories(rows: list[shelves.Shelf]) -> None:
    """Save the categories that are missing, and give every row its key."""
    Category.objects.bulk_create([row.category for row in rows], ignore_conflicts=True)
    keys = dict(Category.objects.values_list("slug", "pk"))
    for row in rows:
        row.category.pk = keys[row.category.slug]


def _save_missing(products: list[Product], on_progress: Progress) -> int:
    there = set(Product.objects.values_list("slug", flat=True))
    new_count = 0
    for start in range(0, len(products), BATCH_SIZE):
        batch = products[start : start + BATCH_SIZE]
        missing = [product for product in batch if product.slug not in there]
        _save(missing)
        new_count += len(missing)
        on_progress(start + len(batch))
    return new_count


def _save(missing: list[Product]) -> None:
    """Save products with the record of their first stock; another seeder may have been quicker."""
    with transaction.atomic():
        Product.objects.bulk_create(missing, ignore_conflicts=True)
        stock.record_first(Product.objects.filter(slug__in=[product.slug for product in missing]))
