"""The pages where one pays."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from orders.carts import current_cart
from orders.models import Cart, Order
from orders.placing import CannotPlace, priced_lines, sign_of, total_of
from payments import closing
from payments.checkout import check_out
from payments.forms import CheckoutForm, PaymentForm
from payments.paying_again import can_pay_again, pay_again


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True)
def checkout(request: HttpRequest) -> HttpResponse:
    cart = current_cart(request)
    form = CheckoutForm(request.POST if request.method == "POST" else None)
    refusal = ""
    if form.is_valid():
        try:
            return redirect(check_out(cart, form.request()))
        except CannotPlace as refused:
            refusal = refused.message
    return _checkout_page(request, form, cart=cart, refusal=refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
def pay(request: HttpRequest, token: str) -> HttpResponse:
    order = get_object_or_404(Order, token=token)
    if not can_pay_again(order):
        return redirect(order)
    form = PaymentForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        pay_again(order, form.payment(), form_token=form.cleaned_data["checkout_token"])
        return redirect(order)
    status = 422 if form.is_bound else 200
    return render(request, "payments/pay.html", {"order": order, "form": form}, status=status)


@require_POST
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    order = get_object_or_404(Order, token=token)
    try:
        closing.cancel(order)
    except closing.PaymentUnderWay:
        messages.warning(request, "The payment is under way right now, so the order was not cancelled.")
    return redirect(order)


def _checkout_page(
    request: HttpRequest, form: CheckoutForm, *, cart: Cart | None, refusal: str
) -> HttpResponse:
    """Show the form with what the cart costs now; without anything to buy, the cart."""
    lines = priced_lines(cart) if cart else ()
    if not lines:
        if refusal:
            messages.warning(request, refusal)
        return redirect("cart")
    context = {
        "form": form,
        "lines": lines,
        "unit_count": sum(line.quantity for line in lines),
        "total_minor": total_of(lines),
        "sign": sign_of(lines),
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form.is_bound else 200
    return render(request, "payments/checkout.html", context, status=status)
