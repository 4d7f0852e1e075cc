"""What the shop sells: categories, products, and the stock on hand."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse


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
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "name")
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('product-list')}?category={self.slug}"


class Product(models.Model):
    """One thing one can buy. Prices are whole cents, tax included."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    fact = models.CharField(max_length=60, help_text="The one deciding fact: a size or a weight.")
    description = models.TextField()
    picture = models.CharField(max_length=80, help_text="File name below static/pictures.")
    picture_alt = models.CharField(max_length=120, help_text="What it looks like, in ten words.")
    price_minor = models.PositiveIntegerField(help_text="US cents.")
    previous_price_minor = models.PositiveIntegerField(
        null=True, blank=True, help_text="US cents; set while the price is reduced."
    )
    on_hand = models.PositiveIntegerField(help_text="Units in the store room, reserved ones included.")
    reserved = models.PositiveIntegerField(default=0, help_text="Units promised to unpaid orders.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "pk")
        indexes = (
            models.Index(fields=("category", "name", "id"), name="product_category_name"),
            models.Index(fields=("name", "id"), name="product_name"),
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
