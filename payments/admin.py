"""The order's page for staff, with every attempt to be paid."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from orders.admin import ROWS, OrderAdmin, ReadOnly, moment
from orders.models import Order
from payments import events_admin  # noqa: F401 - registers itself
from payments.choices import CHOICES
from payments.models import PaymentAttempt
from payments.outbox_admin import trace_link_of
from payments.refund_pages import may_refund, refund_page, refundable
from payments.review_pages import review_page
from webstore.catalog.money import display


class AttemptInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = PaymentAttempt
    template = ROWS
    fields = (
        "state",
        "amount",
        "payment_method",
        "tries",
        "next_at",
        "leased_until",
        "failure_code",
        "provider_reference",
        "given_back",
        "idempotency_key",
        "trace",
    )
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = "payment attempts"

    @admin.display
    def amount(self, attempt: PaymentAttempt) -> str:
        return display(attempt.amount_minor)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentAttempt]:
        return super().get_queryset(request).prefetch_related("refunds")

    @admin.display(description="given back")
    def given_back(self, attempt: PaymentAttempt) -> str:
        refunds = attempt.refunds.all()
        return ", ".join(f"{display(row.amount_minor)} {row.get_state_display()}" for row in refunds) or "–"

    @admin.display(description="asks at")
    def next_at(self, attempt: PaymentAttempt) -> str:
        return moment(attempt.next_attempt_at) if attempt.is_waiting else "–"

    @admin.display(description="lease until")
    def leased_until(self, attempt: PaymentAttempt) -> str:
        return moment(attempt.lease_until) if attempt.lease_until else "–"

    @admin.display
    def trace(self, attempt: PaymentAttempt) -> str:
        return trace_link_of(attempt)


admin.site.unregister(Order)


@admin.register(Order)
class PaidOrderAdmin(OrderAdmin):
    search_help_text = "The start of an order's number or e-mail, or the provider's whole reference."

    change_form_template = "payments/admin_order.html"

    def get_inlines(self, request: HttpRequest, obj: Order | None) -> list[type[Any]]:
        return [AttemptInline, *super().get_inlines(request, obj)]

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (*super().get_search_fields(request), "attempts__provider_reference__exact")

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("<int:order_id>/refund/", guarded(refund_page), name="order-refund"),
            path("<int:order_id>/review/<slug:act>/", guarded(review_page), name="order-review"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more = self._acts(request, object_id)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def _acts(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Return what the staff may do about this order, in one query."""
        is_id = object_id.isdecimal() and len(object_id) < 19
        mine = PaymentAttempt.objects.for_staff().filter(pk=OuterRef("pk"))
        needs_staff = PaymentAttempt.objects.annotate(needs_staff=Exists(mine))
        attempts = list(needs_staff.filter(order=int(object_id))) if is_id else []
        needing = next((attempt for attempt in attempts if vars(attempt)["needs_staff"]), None)
        return {
            "refundable": next(iter(refundable(attempts)), None),
            "may_refund": may_refund(request),
            "acts": {
                name: choice
                for name, choice in CHOICES.items()
                if needing and choice.is_for(needing) and choice.is_allowed_to(request.user)
            },
        }
