"""Orders for the staff: to find and to read, never to edit by hand."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html

from orders.models import HistoryEntry, Order, OrderLine
from webstore.catalog.money import display

# An inline of rows to read; other rooms' inlines on an order use it too.
ROWS = "orders/admin_rows.html"


def trace_url(trace_id: str) -> str:
    """Return where a trace opens, "" when there is none."""
    return settings.TRACE_URL.format(trace_id=trace_id) if trace_id else ""


def trace_link(trace_id: str) -> str:
    """Return a link to a trace, or say that there is none: never a dead link."""
    if not trace_id:
        return "no trace"
    return format_html('<a href="{}">trace</a>', trace_url(trace_id))


def moment(when: datetime | None) -> str:
    return date_format(when, "j M Y, H:i:s") if when else "not yet"


class ReadOnly:
    """Rows that only services change."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


# The admin's classes are generic only in their stubs: hence the ignored type arguments.
class LineInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = OrderLine
    template = ROWS
    fields = ("product_name", "quantity", "unit_price", "total", "stock_now")
    readonly_fields = fields
    verbose_name_plural = "lines"

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("product")

    @admin.display
    def unit_price(self, line: OrderLine) -> str:
        return display(line.unit_price_minor)

    @admin.display
    def total(self, line: OrderLine) -> str:
        return display(line.total_minor)

    @admin.display(description="stock now")
    def stock_now(self, line: OrderLine) -> str:
        return f"{line.product.on_hand} on hand, {line.product.reserved} reserved"


class HistoryInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = HistoryEntry
    template = ROWS
    fields = ("happened", "actor", "sentence", "note", "trace")
    readonly_fields = fields
    ordering = ("-pk",)

    @admin.display
    def happened(self, entry: HistoryEntry) -> str:
        return moment(entry.happened_at)

    @admin.display
    def trace(self, entry: HistoryEntry) -> str:
        return trace_link(entry.trace_id)


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """To show more of an order, subclass this, extend `inlines`, and register anew."""

    list_display = ("number", "state", "amount", "country", "payment_method", "placed", "trace")
    list_filter = ("status", "is_in_review", "country", "payment_method", "placed_at")
    search_fields = ("number__istartswith", "email__istartswith")
    search_help_text = "The start of an order's number or e-mail."
    ordering = ("-placed_at", "-pk")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "orders/admin_order.html"
    inlines = (HistoryInline, LineInline)
    fieldsets = (
        (None, {"fields": ("number", "state", "placed", "paid", "trace")}),
        ("Money", {"fields": ("amount", "refunded", "currency", "payment_method")}),
        ("Customer", {"fields": ("name", "email", "address", "country")}),
    )
    readonly_fields = ("state", "amount", "refunded", "placed", "paid", "trace")
    view_on_site = False

    class Media:
        css = {"all": ("orders/admin.css",)}

    @admin.display(ordering="status")
    def state(self, order: Order) -> str:
        """Return the status as glyph and word; in review comes first, it needs somebody."""
        if order.is_in_review:
            return "! In review"
        return f"{_GLYPHS[Order.Status(order.status)]} {order.get_status_display()}"

    @admin.display(ordering="total_minor")
    def amount(self, order: Order) -> str:
        return display(order.total_minor)

    @admin.display
    def refunded(self, order: Order) -> str:
        return display(order.refunded_minor)

    @admin.display(ordering="placed_at")
    def placed(self, order: Order) -> str:
        return moment(order.placed_at)

    @admin.display
    def paid(self, order: Order) -> str:
        return moment(order.paid_at)

    @admin.display
    def trace(self, order: Order) -> str:
        return trace_link(order.trace_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        order = context.get("original")
        context["trace_url"] = trace_url(order.trace_id) if order else ""
        return super().render_change_form(request, context, *args, **kwargs)


_GLYPHS = {
    Order.Status.PLACED: "○",
    Order.Status.PAID: "●",
    Order.Status.PARTLY_REFUNDED: "◐",
    Order.Status.REFUNDED: "◌",
    Order.Status.CANCELLED: "×",
    Order.Status.EXPIRED: "×",
}
