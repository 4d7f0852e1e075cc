"""The staff's pages to act on a payment or refund in review: what it does, why, and go."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from orders.models import Order
from payments import reviewing
from payments.models import PaymentAttempt, Refund
from payments.reviewing import Act


@dataclass(frozen=True)
class Choice:
    """One thing the staff may do; `consequence` says what comes of it."""

    label: str
    consequence: str
    do: Callable[[int, Act], str]


CHOICES = {
    "look-up": Choice(
        "Look up at the provider",
        "The provider is asked what it knows; nothing is charged. Charged: the order becomes paid. "
        "Not charged: the customer can pay another way.",
        reviewing.look_up,
    ),
    "charge-again": Choice(
        "Charge again",
        "The workers ask for the money again, with the same key: it is charged once at most.",
        reviewing.charge_again,
    ),
    "cancel": Choice(
        "Cancel and release",
        "The provider is asked first. Not charged: the order is cancelled and its things go back on the "
        "shelf. Charged: the order becomes paid instead.",
        reviewing.cancel,
    ),
}
REFUND_CHOICE = Choice(
    "Ask for the refund again",
    "The workers ask for the refund again, with the same key: it is given back once at most.",
    reviewing.refund_again,
)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"size": 40}),
        help_text="For the history; the customer does not see it.",
    )


def may_review(request: HttpRequest) -> bool:
    return request.user.has_perm("payments.change_paymentattempt")


@require_http_methods(["GET", "HEAD", "POST"])
def review_page(request: HttpRequest, order_id: int, act: str) -> HttpResponse:
    if act not in CHOICES:
        raise Http404
    order = get_object_or_404(Order, pk=order_id)
    attempt = PaymentAttempt.objects.filter(order=order, state=PaymentAttempt.State.REVIEW).first()
    return _page(request, CHOICES[act], order=order, row_id=attempt.pk if attempt else None)


@require_http_methods(["GET", "HEAD", "POST"])
def refund_again_page(request: HttpRequest, refund_id: int) -> HttpResponse:
    refund = get_object_or_404(Refund.objects.select_related("attempt__order"), pk=refund_id)
    is_in_review = refund.state == Refund.State.REVIEW
    row_id = refund.pk if is_in_review else None
    return _page(request, REFUND_CHOICE, order=refund.attempt.order, row_id=row_id)


def _page(request: HttpRequest, choice: Choice, *, order: Order, row_id: int | None) -> HttpResponse:
    if not may_review(request):
        raise PermissionDenied
    if row_id is None:
        messages.info(request, reviewing.CHANGED_MEANWHILE)
        return redirect("admin:orders_order_change", order.pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        act = Act(by=request.user.get_username(), reason=form.cleaned_data["reason"])
        messages.info(request, choice.do(row_id, act))
        return redirect("admin:orders_order_change", order.pk)
    context = {
        **admin.site.each_context(request),
        "title": choice.label,
        "choice": choice,
        "order": order,
        "form": form,
    }
    return render(request, "payments/review.html", context, status=422 if form.errors else 200)
