"""What the shop sells: categories, products, and the stock on hand."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from webstore.catalog import pictures

LOW_STOCK = 5


class Category(models.Model):
    """A shelf of the shop; `hue` names the two tones its products stand on."""

    class Hue(models.TextChoices):
        OAT = "oat"
        LEAF = "leaf"
        SKY = "sky"
        PLUM = "plum"
        CLAY = "clay"

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(unique=True)
    hue = models.CharField(max_length=8, choices=Hue)
    picture = models.CharField(max_length=80, help_text="File name below static/pictures.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "name")
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('product-list')}?category={self.slug}"

    @property
    def drawing(self) -> pictures.Picture:
        """Return where its picture lies, and how large it is."""
        return pictures.named(self.picture)


class ProductQuerySet(models.QuerySet["Product"]):
    def for_shelf(self) -> Self:
        """Return the products with all that a card shows: no further query for each."""
        return self.select_related("category")

    def buyable(self) -> Self:
        return self.filter(on_hand__gt=F("reserved"))

    def matching(self, words: list[str]) -> Self:
        """Return the products with every one of the words, or beginnings, in name or description."""
        found = self
        for word in words:
            found = found.filter(begins_in("name", word) | begins_in("description", word))
        return found


def begins_in(field: str, word: str) -> Q:
    """Return the condition that some word of the field begins so: "red" is not looked for in "cured"."""
    anywhere = f"{field}__icontains"
    return Q(**{f"{field}__istartswith": word}) | Q(**{anywhere: f" {word}"}) | Q(**{anywhere: f"-{word}"})


class Product(models.Model):
    """One thing one can buy. Prices are whole cents, tax included."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    fact = models.CharField(max_length=60, help_text="The one deciding fact: a size or a weight.")
    description = models.TextField()
    picture = models.CharField(max_length=80, help_text="File name below static/pictures.")
    picture_alt = models.CharField(max_length=120, help_text="What it looks like, in ten words.")
    price_minor = models.PositiveIntegerField("price", help_text="US cents.")
    previous_price_minor = models.PositiveIntegerField(
        "previous price", null=True, blank=True, help_text="US cents; set while the price is reduced."
    )
    on_hand = models.PositiveIntegerField(help_text="Units in the store room, reserved ones included.")
    reserved = models.PositiveIntegerField(default=0, help_text="Units promised to unpaid orders.")
    created_at = models.DateTimeField("on the shelf since", default=timezone.now)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        # One for each order of the list, of a category and of the whole shop.
        indexes = (
            models.Index(fields=("name", "id"), name="product_name"),
            models.Index(fields=("price_minor", "id"), name="product_price"),
            models.Index(fields=("-created_at", "-id"), name="product_newest"),
            models.Index(fields=("category", "name", "id"), name="product_category_name"),
            models.Index(fields=("category", "price_minor", "id"), name="product_category_price"),
            models.Index(fields=("category", "-created_at", "-id"), name="product_category_newest"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="product_price_positive"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(reserved__lte=F("on_hand")),
                name="product_reserved_within_on_hand",
            ),
            models.CheckConstraint(
                condition=Q(previous_price_minor__isnull=True) | Q(previous_price_minor__gt=F("price_minor")),
                name="product_previous_price_higher",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("product-detail", args=(self.slug,))

    @property
    def available(self) -> int:
        """Return how many units one may buy now."""
        return self.on_hand - self.reserved

    @property
    def is_low(self) -> bool:
        return 0 < self.available <= LOW_STOCK

    @property
    def drawing(self) -> pictures.Picture:
        """Return where its picture lies, and how large it is."""
        return pictures.named(self.picture)


class StockAdjustment(models.Model):
    """Units that came or went otherwise than by a sale: on hand + sold = the sum of these."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="adjustments")
    delta = models.IntegerField(help_text="Units; negative where some were missing.")
    reason = models.CharField(max_length=200)
    actor = models.CharField(max_length=150, blank=True, help_text="Who of the staff; nobody: a program.")
    adjusted_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(condition=~Q(delta=0), name="stock_adjustment_changes_something"),
        )

    def __str__(self) -> str:
        return f"{self.delta:+}"
