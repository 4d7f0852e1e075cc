"""Products and categories for the staff."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Field
from django.http import HttpRequest

from webstore.catalog import pictures, stock
from webstore.catalog.models import Category, Product
from webstore.catalog.money import display


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """Remembers the stock it showed, because the change is what counts: see `stock.correct`."""

    class Meta:
        model = Product
        fields = (
            *("name", "slug", "category", "fact", "description", "picture", "picture_alt"),
            *("price_minor", "previous_price_minor", "on_hand"),
        )

    on_hand = forms.IntegerField(
        min_value=0,
        show_hidden_initial=True,
        help_text="Units in the store room, reserved ones included.",
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
    readonly_fields = ("reserved", "created_at")

    @admin.display(ordering="price_minor")
    def price(self, product: Product) -> str:
        return display(product.price_minor)

    @admin.display(description="can be bought")
    def can_be_bought(self, product: Product) -> int:
        return product.available

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """Save what was edited, and nothing else: orders reserve and sell meanwhile."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        edited = [name for name in form.changed_data if name != "on_hand"]
        obj.save(update_fields=edited)
        if not stock.correct(obj.pk, by=form.on_hand_change()):
            messages.error(request, "The stock is as it was: orders came in and need those units.")
