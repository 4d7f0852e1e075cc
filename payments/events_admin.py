"""A list for the staff: what the provider told by itself, and what came of it."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from orders.admin import ReadOnly, moment
from payments import references
from payments.event_pages import may_settle, settle_page
from payments.event_settling import is_unmatched
from payments.models import ProviderEvent
from payments.outbox_admin import NeedsSomebody, trace_link_of


class CannotBeMatched(NeedsSomebody):
    first_choice = "Cannot be matched or overdue"


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        *("type", "about", "orders", "state", "acts"),
        *("why", "told", "received", "event_id", "trace"),
    )
    list_display_links = None
    list_filter = (CannotBeMatched, "state")
    list_per_page = 50
    search_fields = ("event_id__exact", "about__exact", "reference__exact")
    search_help_text = "The whole id of an event, charge or refund, or an order's number."
    ordering = ("-pk",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("orders/admin.css",)}

    @admin.display(description="order")
    def orders(self, event: ProviderEvent) -> str:
        """Lead to the orders that are called so: the reference is only what the provider says."""
        if not event.reference:
            return "–"
        number = references.order_number(event.reference)
        address = reverse("admin:orders_order_changelist", query={"q": number})
        return format_html('<a href="{}">{}</a>', address, event.reference)

    @admin.display
    def why(self, event: ProviderEvent) -> str:
        said = event.outcome.replace("_", " ") or "–"
        settled = f" – settled by {event.settled_by}: {event.settled_why}" if event.settled_by else ""
        return f"{said}{settled}"

    @admin.display(ordering="happened_at")
    def told(self, event: ProviderEvent) -> str:
        return moment(event.happened_at)

    @admin.display(ordering="created_at")
    def received(self, event: ProviderEvent) -> str:
        return moment(event.created_at)

    @admin.display
    def trace(self, event: ProviderEvent) -> str:
        return trace_link_of(event)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may = may_settle(request)
        return tuple(name for name in self.list_display if may or name != "acts")

    @admin.display(description="")
    def acts(self, event: ProviderEvent) -> str:
        if not is_unmatched(event):
            return ""
        return format_html('<a href="{}">Settle by hand</a>', reverse("admin:event-settle", args=(event.pk,)))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(settle_page)
        return [path("<int:event_id>/settle/", page, name="event-settle"), *super().get_urls()]
