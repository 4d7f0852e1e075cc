"""The pages of cart and order. Every change is a POST followed by a redirect."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from orders import carts
from orders.forms import NOT_FOUND, AddForm, ChangeForm, FindForm, LineForm
from orders.models import CartLine, Order
from orders.states import refresh_seconds, state_of
from webstore.catalog.models import Product
from webstore.transactions import in_transaction


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    return _cart_page(request)


@require_POST
def cart_add(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST)
    is_valid = form.is_valid()
    product = get_object_or_404(Product, slug=form.cleaned_data.get("slug", ""))
    if not is_valid:
        messages.error(request, str(form.errors["quantity"][0]))
        return redirect(product)
    wanted = form.cleaned_data["quantity"]
    change = in_transaction(
        lambda: carts.add(carts.cart_for_writing(request), product, quantity=wanted), waits_for_locks=True
    )
    _tell(request, change)
    return redirect("cart")


@require_POST
def cart_change(request: HttpRequest) -> HttpResponse:
    form = ChangeForm(request.POST)
    is_valid = form.is_valid()
    line = _own_line(request, form)
    if not is_valid:
        return _cart_page(request, refused=form)
    wanted = form.cleaned_data["quantity"]
    change = in_transaction(lambda: carts.change(line, quantity=wanted), waits_for_locks=True)
    if change.is_removed:
        return _redirect_with_undo(line)
    _tell(request, change)
    return redirect("cart")


@require_POST
def cart_remove(request: HttpRequest) -> HttpResponse:
    form = LineForm(request.POST)
    form.is_valid()
    line = _own_line(request, form)
    in_transaction(lambda: carts.remove(line), waits_for_locks=True)
    return _redirect_with_undo(line)


@require_safe
@cache_control(no_store=True)
def order_detail(request: HtmxRequest, token: str) -> HttpResponse:
    order = get_object_or_404(Order, token=token)
    history = list(order.history.all())
    now = timezone.now()
    state = state_of(order, newest=history[-1] if history else None, now=now)
    since = history[-1].happened_at if history else order.placed_at
    seconds = refresh_seconds(state, since=since, now=now)
    # What the browser shows already; unchanged, nothing is swapped and nothing announced again.
    seen = f"{state.name}-{len(history)}-{seconds}"
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    template = "orders/order_live.html" if request.htmx else "orders/order.html"
    context = {
        "order": order,
        "lines": order.lines.select_related("product__category"),
        "history": history,
        "state": state,
        "refresh_seconds": seconds,
        "seen": seen,
    }
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def order_find(request: HttpRequest) -> HttpResponse:
    form = FindForm(request.POST or None)
    if form.is_valid():
        found = Order.objects.of_customer(**form.cleaned_data).first()
        if found:
            return redirect(found)
        form.add_error(None, NOT_FOUND)
    return render(request, "orders/find.html", {"form": form})


def _cart_page(request: HttpRequest, *, refused: ChangeForm | None = None) -> HttpResponse:
    current = carts.current_cart(request)
    lines = carts.lines_of(current) if current else []
    rows = [(line, _change_form(line, refused)) for line in lines]
    context = {
        "rows": rows,
        "unit_count": sum(line.buyable for line in lines),
        "total_minor": sum(line.total_minor for line in lines),
        "undo": _undo(request),
        "is_refused": refused is not None,
        "suggestions": [] if lines else Product.objects.buyable().for_shelf()[:4],
    }
    return render(request, "orders/cart.html", context, status=422 if refused else 200)


def _change_form(line: CartLine, refused: ChangeForm | None) -> ChangeForm:
    if refused is not None and refused.cleaned_data["line"] == line.pk:
        refused.auto_id = f"line-{line.pk}-%s"
        return refused
    shown = {"line": line.pk, "quantity": max(line.buyable, 1)}
    return ChangeForm(initial=shown, auto_id=f"line-{line.pk}-%s")


def _own_line(request: HttpRequest, form: LineForm) -> CartLine:
    if "line" not in form.cleaned_data:
        raise Http404
    return carts.line_of(carts.current_cart(request), form.cleaned_data["line"])


def _tell(request: HttpRequest, change: carts.LineChange) -> None:
    level = messages.WARNING if change.is_short else messages.SUCCESS
    messages.add_message(request, level, change.sentence)


def _redirect_with_undo(line: CartLine) -> HttpResponse:
    """Name the removed things in the query: so "Undo" needs no memory of ours."""
    return redirect(f"{reverse('cart')}?slug={line.product.slug}&quantity={line.quantity}")


def _undo(request: HttpRequest) -> dict[str, object] | None:
    form = AddForm(request.GET)
    if not form.is_valid():
        return None
    product = Product.objects.filter(slug=form.cleaned_data["slug"]).first()
    return {"product": product, "quantity": form.cleaned_data["quantity"]} if product else None
