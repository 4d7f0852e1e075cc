"""One page of the product list: which products, in which order, how many there are."""

from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from webstore.catalog.models import Product, ProductQuerySet, begins_in

PAGE_SIZE = 24
MAX_WORDS = 8
BEST_MATCH = "match"

# The order of one page must be total, else a product may show on two pages or on none.
SORTS = {
    BEST_MATCH: ("rank", "-created_at", "-pk"),
    "newest": ("-created_at", "-pk"),
    "name": ("name", "pk"),
    "price": ("price_minor", "pk"),
    "price-desc": ("-price_minor", "-pk"),
}
SORT_LABELS = {
    BEST_MATCH: "Best match",
    "newest": "Newest",
    "name": "Name",
    "price": "Price ↑",
    "price-desc": "Price ↓",
}


@dataclass(frozen=True)
class Page:
    products: list[Product]
    number: int
    total: int

    @property
    def first(self) -> int:
        """Return the position of the page's first product; the list begins with 1."""
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.products) - 1

    @property
    def previous_number(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next_number(self) -> int | None:
        return self.number + 1 if self.last < self.total else None

    @property
    def next_count(self) -> int:
        return min(PAGE_SIZE, self.total - self.last)


def words_of(query: str) -> list[str]:
    """Return the words to look for; more than a few only cost time."""
    return query.split()[:MAX_WORDS]


def sorts_for(query: str) -> dict[str, str]:
    """Return the sorts to offer, the default first: the best match means nothing without words."""
    return {name: label for name, label in SORT_LABELS.items() if query or name != BEST_MATCH}


def counts_by_category(query: str) -> dict[int, int]:
    """Return how many products match the words, for each category that has any."""
    matching = Product.objects.matching(words_of(query)).order_by()
    return dict(matching.values_list("category_id").annotate(count=Count("pk")))


def page_of(products: ProductQuerySet, *, number: int, total: int) -> Page:
    """Return a page of the sorted products; a number past the end is the last page."""
    last_number = max(1, -(-total // PAGE_SIZE))
    number = min(number, last_number)
    start = (number - 1) * PAGE_SIZE
    return Page(list(products[start : start + PAGE_SIZE]), number=number, total=total)


def sorted_products(*, category_id: int | None, query: str, sort: str) -> ProductQuerySet:
    products = Product.objects.for_shelf().matching(words_of(query))
    if category_id is not None:
        products = products.filter(category_id=category_id)
    if sort == BEST_MATCH:
        products = _ranked(products, query)
    return products.order_by(*SORTS[sort])


def _ranked(products: ProductQuerySet, query: str) -> ProductQuerySet:
    """Names that begin with the query come first, then names that hold every word, then the rest."""
    in_name = Q(*(begins_in("name", word) for word in words_of(query)))
    rank = Case(
        When(name__istartswith=query, then=Value(0)),
        When(in_name, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return products.annotate(rank=rank)


def new_on_the_shelves(count: int) -> QuerySet[Product]:
    return Product.objects.for_shelf().buyable().order_by("-created_at", "-pk")[:count]


def related_to(product: Product, count: int) -> QuerySet[Product]:
    """Return other things of the same shelf that can be bought now."""
    neighbours = Product.objects.for_shelf().buyable().filter(category_id=product.category_id)
    return neighbours.exclude(pk=product.pk).order_by("-created_at", "-pk")[:count]
