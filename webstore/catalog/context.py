"""What every page of the shop shows of the catalogue."""

from django.db.models import QuerySet
from django.http import HttpRequest

from webstore.catalog.models import Category


def categories(_request: HttpRequest) -> dict[str, QuerySet[Category]]:
    """Return the shelves for the header. Costs one query, only on pages that show them."""
    return {"categories": Category.objects.all()}
