"""The pages one looks around on: home, product list, product."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from webstore.catalog import listing
from webstore.catalog.context import categories
from webstore.catalog.forms import ListingForm
from webstore.catalog.models import Category, Product

HOME_PRODUCTS = 8
OTHER_PRODUCTS = 4


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    products = listing.new_on_the_shelves(HOME_PRODUCTS)
    counts = listing.counts_by_category("")
    return render(request, "catalog/home.html", {"products": products, "total": sum(counts.values())})


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    form = ListingForm(request.GET)
    query = form.asked("q")
    shelves = list(categories(request)["categories"])
    category = _category_named(form.asked("category"), shelves)
    counts = listing.counts_by_category(query)
    sorts = listing.sorts_for(query)
    sort = form.asked("sort") if form.asked("sort") in sorts else next(iter(sorts))
    category_id = category.pk if category else None
    products = listing.sorted_products(category_id=category_id, query=query, sort=sort)
    total = sum(counts.values()) if category_id is None else counts.get(category_id, 0)
    shown = {
        "categories": shelves,
        "category": category,
        "query": query,
        "sort": sort,
        "sorts": sorts,
        "page": listing.page_of(products, number=form.page_number, total=total),
        "shelf_counts": [(shelf, counts[shelf.pk]) for shelf in shelves if shelf.pk in counts],
        "others": [] if total else listing.new_on_the_shelves(OTHER_PRODUCTS),
    }
    return render(request, "catalog/product_list.html", shown)


def _category_named(slug: str, shelves: list[Category]) -> Category | None:
    """Return the category of that slug, None for the whole shop."""
    if not slug:
        return None
    for category in shelves:
        if category.slug == slug:
            return category
    raise Http404("no such category")


@require_safe
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product.objects.for_shelf(), slug=slug)
    related = listing.related_to(product, OTHER_PRODUCTS)
    shown = {"product": product, "category": product.category, "related": related}
    return render(request, "catalog/product_detail.html", shown)
