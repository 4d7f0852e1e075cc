"""The staff's page to give money back: how much and why, then once more to be sure."""

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from orders.models import Order
from payments.giving_back import Wish
from payments.models import PaymentAttempt, Refund
from payments.starting import give_back
from webstore.catalog.money import display

_CHANGED = "Nothing more was given back: what is left has changed. Look again."


class RefundForm(forms.Form):
    """`key` names this one form: sent twice, it gives back once. Its money comes from that one charge."""

    amount = forms.DecimalField(
        label="Amount in USD",
        decimal_places=2,
        max_digits=12,
        min_value=Decimal("0.01"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"size": 40}),
        help_text="For the history; the customer does not see it.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    charge = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, attempt: PaymentAttempt, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._left_minor = attempt.refundable_minor
        amount = f"{Decimal(self._left_minor) / 100:.2f}"
        self.initial.update({"amount": amount, "key": uuid.uuid4(), "charge": attempt.pk})

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount * 100 > self._left_minor:
            raise forms.ValidationError(f"{display(self._left_minor)} is left to give back.")
        return amount

    @property
    def amount_minor(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


def refundable(attempts: Iterable[PaymentAttempt]) -> list[PaymentAttempt]:
    """Return those that still hold money: what paid the order comes last, as that may stay."""
    holding = [attempt for attempt in attempts if attempt.refundable_minor]
    return sorted(holding, key=_paid_the_order)


def _paid_the_order(attempt: PaymentAttempt) -> bool:
    return attempt.state == PaymentAttempt.State.APPROVED


def may_refund(request: HttpRequest) -> bool:
    return request.user.has_perms(("orders.view_order", "payments.add_refund"))


@require_http_methods(["GET", "HEAD", "POST"])
def refund_page(request: HttpRequest, order_id: int) -> HttpResponse:
    if not may_refund(request):
        raise PermissionDenied
    order = get_object_or_404(Order, pk=order_id)
    holding = refundable(order.attempts.all())
    attempt = _chosen(request, holding)
    if attempt is None:
        messages.info(request, _CHANGED if holding else "Nothing is left to give back.")
        return _back_to(order)
    form = RefundForm(request.POST or None, attempt=attempt)
    if form.is_valid() and "confirmed" in request.POST:
        _give_back(request, attempt, form)
        return _back_to(order)
    context = {
        **admin.site.each_context(request),
        "title": "Refund",
        "order": order,
        "form": form,
        "left_minor": attempt.refundable_minor,
        "charge": _named(attempt),
        "others": [(other, _named(other)) for other in holding if other != attempt],
        "amount_minor": form.amount_minor if form.is_bound and form.is_valid() else None,
    }
    return render(request, "payments/refund.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest, holding: list[PaymentAttempt]) -> PaymentAttempt | None:
    """Return the charge that the form names: never another one in its place."""
    if request.method != "POST" and "charge" not in request.GET:
        return next(iter(holding), None)
    wanted = (request.POST if request.method == "POST" else request.GET).get("charge")
    return next((attempt for attempt in holding if str(attempt.pk) == wanted), None)


def _named(attempt: PaymentAttempt) -> str:
    what = "which paid the order" if _paid_the_order(attempt) else "charged besides"
    return f"{attempt.provider_reference}, {what}"


def _give_back(request: HttpRequest, attempt: PaymentAttempt, form: RefundForm) -> None:
    key = f"{attempt.order.number}-{form.cleaned_data['key'].hex}"
    asked_by = request.user.get_username()
    wish = Wish(form.amount_minor, form.cleaned_data["reason"], key=key, asked_by=asked_by)
    if give_back(attempt.pk, wish) is not None:
        messages.success(request, f"{display(form.amount_minor)} is on its way back.")
    elif Refund.objects.filter(idempotency_key=key).exists():
        messages.info(request, "This refund was begun before. Nothing more was given back.")
    else:
        messages.error(request, "Not so much is left any more. Nothing was given back.")


def _back_to(order: Order) -> HttpResponse:
    return redirect("admin:orders_order_change", order.pk)
