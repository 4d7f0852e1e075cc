"""Lists for the staff: payments and refunds that need somebody, why, and their traces."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from opentelemetry.trace import format_trace_id

from orders.admin import ReadOnly, moment, trace_link
from orders.models import Order
from payments.choices import REFUND_CHOICES
from payments.models import PaymentAttempt, Refund
from payments.outbox import OutboxRow, RungRow
from payments.review_pages import refund_review_page
from webstore.catalog.money import display
from webstore.telemetry.propagation import span_context_of


def trace_link_of(row: RungRow) -> str:
    origin = span_context_of(row.traceparent)
    return trace_link(format_trace_id(origin.trace_id) if origin.is_valid else "")


class NeedsSomebody(admin.SimpleListFilter):
    """First what waits for a person, or for longer than anything should."""

    title = "needs somebody"
    parameter_name = "needs"
    first_choice = "In review or overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        return iter([first | {"display": self.first_choice}, *others])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if self.value() == "all":
            return queryset
        return queryset.filter(pk__in=queryset.model.objects.for_staff().values("pk"))


class OutboxAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows about money: each leads to its order, where the staff can act."""

    list_filter = (NeedsSomebody, "state")
    list_display_links = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("orders/admin.css",)}

    def order_of(self, row: Any) -> Order:
        order: Order = row.order
        return order

    @admin.display(description="order")
    def order_link(self, row: Any) -> str:
        order = self.order_of(row)
        url = reverse("admin:orders_order_change", args=(order.pk,))
        return format_html('<a href="{}">{}</a>', url, order.number)

    @admin.display
    def amount(self, row: OutboxRow) -> str:
        return display(row.amount_minor)

    @admin.display
    def why(self, row: Any) -> str:
        if row.failure_code:
            return str(row.failure_code).replace("_", " ")
        return f"overdue since {moment(row.next_attempt_at)}" if row.state in row.FREE else "–"

    @admin.display(ordering="updated_at")
    def changed(self, row: OutboxRow) -> str:
        return moment(row.updated_at)

    @admin.display
    def trace(self, row: OutboxRow) -> str:
        return trace_link_of(row)


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(OutboxAdmin):
    list_display = ("order_link", "state", "why", "amount", "payment_method", "tries", "changed", "trace")
    list_select_related = ("order",)


@admin.register(Refund)
class RefundAdmin(OutboxAdmin):
    list_display = ("order_link", "state", "why", "amount", "asked_by", "tries", "changed", "trace", "acts")
    list_select_related = ("attempt__order",)

    def order_of(self, row: Refund) -> Order:
        return row.attempt.order

    @admin.display(description="")
    def acts(self, refund: Refund) -> str:
        """Lead on where it needs somebody: the list says so by default, and the page once more."""
        if refund.state == Refund.State.SUCCEEDED or refund.state == Refund.State.GIVEN_UP:
            return ""
        links = [
            (reverse(f"admin:refund-{name}", args=(refund.pk,)), choice.label)
            for name, choice in REFUND_CHOICES.items()
            if choice.is_for(refund)
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(refund_review_page)
        acts = [
            path(f"<int:refund_id>/{name}/", page, {"act": name}, name=f"refund-{name}")
            for name in REFUND_CHOICES
        ]
        return [*acts, *super().get_urls()]
