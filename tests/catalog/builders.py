"""Rows for the tests of the catalogue: whole, and different only where a test says so."""

from typing import Any

from django.utils.text import slugify

from webstore.catalog.models import Category, Product


def a_category(name: str = "Plants", **values: Any) -> Category:
    values = {"slug": name.lower(), "hue": "sky", "picture": "cactus.webp", **values}
    return Category.objects.create(name=name, **values)


def a_product(name: str = "Rubber plant", **values: Any) -> Product:
    values = {
        "slug": slugify(name),
        "fact": "14 cm pot",
        "description": "Glossy leaves and a calm temper.",
        "picture": "potted-plant.webp",
        "picture_alt": "A green plant in a clay pot",
        "price_minor": 3000,
        "on_hand": 10,
        **values,
    }
    if "category" not in values:
        values["category"] = Category.objects.first() or a_category()
    return Product.objects.create(name=name, **values)
