"""The order's page for staff, with every attempt to be paid."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from opentelemetry.trace import format_trace_id

from orders.admin import ROWS, OrderAdmin, ReadOnly, moment, trace_link
from orders.models import Order
from payments.models import PaymentAttempt
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
        "idempotency_key",
        "trace",
    )
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = "payment attempts"

    @admin.display
    def amount(self, attempt: PaymentAttempt) -> str:
        return display(attempt.amount_minor)

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

    def get_inlines(self, request: HttpRequest, obj: Order | None) -> list[type[Any]]:
        return [AttemptInline, *super().get_inlines(request, obj)]

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (*super().get_search_fields(request), "attempts__provider_reference__exact")
