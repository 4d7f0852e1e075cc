"""The order's page for staff, with every attempt to be paid."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from opentelemetry.trace import format_trace_id

from orders.admin import ROWS, OrderAdmin, ReadOnly, moment, trace_link
from orders.models import Order
from payments.models import PaymentAttempt
from payments.refund_pages import may_refund, refund_page, refundable
from webstore.catalog.money import display
from webstore.telemetry.propagation import span_context_of


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
        origin = span_context_of(attempt.traceparent)
        return trace_link(format_trace_id(origin.trace_id) if origin.is_valid else "")


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
        page = self.admin_site.admin_view(refund_page)
        return [path("<int:order_id>/refund/", page, name="order-refund"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        is_id = object_id.isdecimal() and len(object_id) < 19
        more = {"refund": refundable(int(object_id)) if is_id else None, "may_refund": may_refund(request)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})
