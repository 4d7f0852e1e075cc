"""Products and categories for the staff."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Field
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from webstore.catalog import pictures, stock
from webstore.catalog.models import Category, Product
from webstore.catalog.money import display

_SHOWN_ADJUSTMENTS = 10


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """Remembers the stock it showed, because the change is what counts: see `stock.correct`."""

    class Meta:
        model = Product
        fields = (
            *("name", "slug", "category", "fact", "description", "picture", "picture_alt"),
            *("price_minor", "previous_price_minor", "on_hand", "on_hand_reason"),
        )

    on_hand = forms.IntegerField(
        min_value=0,
        show_hidden_initial=True,
        help_text="Units in the store room, reserved ones included.",
    )
    on_hand_reason = forms.CharField(
        label="Why it changed",
        required=False,
        max_length=200,
        help_text=f"For the record of the stock; left empty: “{stock.COUNTED}”.",
    )

    def on_hand_change(self) -> int:
        shown = self.data.get(self.add_initial_prefix("on_hand"), "")
        return int(self.cleaned_data["on_hand"]) - int(shown) if shown.isdecimal() else 0

    def clean_on_hand(self) -> int:
        on_hand = int(self.cleaned_data["on_hand"])
        if self.instance.pk and self.instance.on_hand + self.on_hand_change() < self.instance.reserved:
            raise forms.ValidationError(f"{self.instance.reserved} units are promised to orders.")
        return on_hand


class PicturedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Offers the pictures there are: a wrong name would break the product's page."""

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "picture":
            return forms.ChoiceField(choices=[(name, name) for name in pictures.NAMES])
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Category)
class CategoryAdmin(PicturedAdmin):
    list_display = ("name", "slug", "hue", "position")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Product)
class ProductAdmin(PicturedAdmin):
    form = ProductForm
    list_display = ("name", "category", "price", "on_hand", "reserved", "can_be_bought")
    list_filter = ("category",)
    list_select_related = ("category",)
    search_fields = ("name", "slug")
    search_help_text = "Name or slug"
    show_full_result_count = False
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("reserved", "stock_record", "created_at")

    @admin.display(ordering="price_minor")
    def price(self, product: Product) -> str:
        return display(product.price_minor)

    @admin.display(description="can be bought")
    def can_be_bought(self, product: Product) -> int:
        return product.available

    @admin.display(description="record of the stock")
    def stock_record(self, product: Product) -> SafeString | str:
        """Return the newest adjustments. Sales are not among them: they stand at their orders."""
        newest = product.adjustments.order_by("-pk")[:_SHOWN_ADJUSTMENTS] if product.pk else ()
        rows = [
            (f"{row.delta:+}", row.reason, row.actor or "–", date_format(row.adjusted_at, "j M Y, H:i"))
            for row in newest
        ]
        return format_html_join("", "<div>{} · {} · {} · {}</div>", rows) or "–"

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """Save what was edited, and nothing else: orders reserve and sell meanwhile."""
        actor = request.user.get_username()
        if not change:
            super().save_model(request, obj, form, change)
            stock.record_first(Product.objects.filter(pk=obj.pk), actor=actor)
            return
        edited = [name for name in form.changed_data if not name.startswith("on_hand")]
        obj.save(update_fields=edited)
        reason = form.cleaned_data["on_hand_reason"]
        if not stock.correct(obj.pk, by=form.on_hand_change(), reason=reason, actor=actor):
            messages.error(request, "The stock is as it was: orders came in and need those units.")
