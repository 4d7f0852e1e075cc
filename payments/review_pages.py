"""The staff's pages to act on a payment or refund that needs somebody: what it does, why, and go."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from orders.models import Order
from payments.acting import CHANGED_MEANWHILE, Act
from payments.choices import CHOICES, REFUND_CHOICES, Choice
from payments.claiming import rest_seconds
from payments.models import PaymentAttempt, Refund
from payments.outbox import OutboxRow
from payments.provider import LONGEST_ID


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"size": 40}),
        help_text="For the history; the customer does not see it.",
    )


class ChargeForm(ReasonForm):
    charge = forms.SlugField(
        max_length=LONGEST_ID,
        help_text="The provider's id of the one that stays. With a wrong one you are told which there are.",
    )

    field_order = ("charge", "reason")


@require_http_methods(["GET", "HEAD", "POST"])
def review_page(request: HttpRequest, order_id: int, act: str) -> HttpResponse:
    choice = _allowed(request, CHOICES.get(act))
    order = get_object_or_404(Order, pk=order_id)
    attempt = PaymentAttempt.objects.for_staff().filter(order=order).first()
    return _page(request, choice, order=order, row=attempt)


@require_http_methods(["GET", "HEAD", "POST"])
def refund_review_page(request: HttpRequest, refund_id: int, act: str) -> HttpResponse:
    choice = _allowed(request, REFUND_CHOICES.get(act))
    refund = get_object_or_404(Refund.objects.select_related("attempt__order"), pk=refund_id)
    needing = Refund.objects.for_staff().filter(pk=refund_id).first()
    return _page(request, choice, order=refund.attempt.order, row=needing)


def _allowed(request: HttpRequest, choice: Choice | None) -> Choice:
    if choice is None:
        raise Http404
    if not choice.is_allowed_to(request.user):
        raise PermissionDenied
    return choice


def _page(request: HttpRequest, choice: Choice, *, order: Order, row: OutboxRow | None) -> HttpResponse:
    if row is None or not choice.is_for(row):
        messages.info(request, CHANGED_MEANWHILE)
        return redirect("admin:orders_order_change", order.pk)
    form = (ChargeForm if choice.names_charge else ReasonForm)(request.POST or None)
    if form.is_valid():
        messages.info(request, choice.do(row.pk, _act(request, form.cleaned_data)))
        return redirect("admin:orders_order_change", order.pk)
    context = {
        **admin.site.each_context(request),
        "title": choice.label,
        "choice": choice,
        "order": order,
        "form": form,
        "rest_seconds": rest_seconds(type(row)._default_manager.filter(pk=row.pk)) if choice.must_rest else 0,
    }
    return render(request, "payments/review.html", context, status=422 if form.errors else 200)


def _act(request: HttpRequest, given: dict[str, Any]) -> Act:
    return Act(by=request.user.get_username(), reason=given["reason"], charge=given.get("charge", ""))
