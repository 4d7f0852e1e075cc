"""Carts, orders, and what happened to them."""

import secrets
from datetime import timedelta

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.expressions import DurationExpression
from django.db.models.functions import Cast, Now
from django.urls import reverse

from orders.countries import CHOICES as COUNTRY_CHOICES
from webstore.catalog.models import Product

# Without 0 O 1 I L U: easy to read out, and no accidental words.
_NUMBER_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_token() -> str:
    """Return a secret of 256 bits that fits into a path."""
    return secrets.token_urlsafe(32)


def new_number() -> str:
    """Return an order number such as "K7QP-4M2X": readable, and not the next one in a row."""
    signs = [secrets.choice(_NUMBER_SIGNS) for _ in range(8)]
    return f"{''.join(signs[:4])}-{''.join(signs[4:])}"


class Cart(models.Model):
    """What a visitor means to buy; the session holds its id."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    seen_price_minor = models.PositiveIntegerField(
        null=True, blank=True, help_text="US cents; what a unit cost when the customer last chose."
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("cart", "product"), name="cart_line_once_per_product"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_line_quantity_positive"),
        )

    @property
    def buyable(self) -> int:
        """Return how many of the wanted units there are now."""
        return min(self.quantity, self.product.available)

    @property
    def has_new_price(self) -> bool:
        return self.seen_price_minor not in (None, self.product.price_minor)

    @property
    def total_minor(self) -> int:
        """Return what the buyable units cost today, in US cents."""
        return self.buyable * self.product.price_minor


class OrderQuerySet(models.QuerySet["Order"]):
    def of_customer(self, *, number: str, email: str) -> "OrderQuerySet":
        """Both in one query: an answer never tells which of the two was wrong."""
        return self.filter(number=number, email__iexact=email)


class Order(models.Model):
    """A confirmed purchase. What the customer agreed to is copied here and never changes."""

    class Status(models.TextChoices):
        PLACED = "placed"
        PAID = "paid"
        PARTLY_REFUNDED = "partly_refunded", "Partly refunded"
        REFUNDED = "refunded"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    class PaymentMethod(models.TextChoices):
        CARD = "card", "Card"
        PAYPAL = "paypal", "PayPal"
        BANK_TRANSFER = "bank_transfer", "Bank transfer"

    number = models.CharField(max_length=9, unique=True, default=new_number)
    token = models.CharField(
        max_length=43, unique=True, default=new_token, help_text="The secret in the customer's link."
    )
    checkout_token = models.UUIDField(unique=True, help_text="One checkout form, one order.")
    status = models.CharField(max_length=16, choices=Status, default=Status.PLACED)
    is_in_review = models.BooleanField("in review", default=False)
    email = models.EmailField("e-mail")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=300)
    country = models.CharField(max_length=2, choices=COUNTRY_CHOICES)
    payment_method = models.CharField(max_length=16, choices=PaymentMethod)
    total_minor = models.PositiveBigIntegerField(help_text="US cents.")
    refunded_minor = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="US cents that went back."
    )
    currency = models.CharField(max_length=3, default="USD")
    trace_id = models.CharField(max_length=32, blank=True, help_text="The trace of its checkout.")
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    reserved_until = models.DateTimeField(
        null=True,
        blank=True,
        # For programs of before: no setting reaches what the database does by itself.
        # Spelt out: `Now() + …` as a default is not what it is in a query, and wrong on SQLite.
        db_default=DurationExpression(Now(), "+", Value(timedelta(minutes=30))),
        help_text="Until when its things are kept while nothing pays for them.",
    )
    paid_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-placed_at", "-pk")
        indexes = (
            models.Index(fields=("-placed_at", "-id"), name="order_newest"),
            models.Index(fields=("status", "-placed_at"), name="order_status_newest"),
            models.Index(fields=("email",), name="order_email"),
            models.Index(
                fields=("reserved_until",), condition=Q(status="placed"), name="order_reserved_until"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="order_total_positive"),
            models.CheckConstraint(
                condition=Q(status__in=("placed", "cancelled", "expired"), paid_at__isnull=True)
                | Q(status__in=("paid", "partly_refunded", "refunded"), paid_at__isnull=False),
                name="order_paid_at_with_payment",
            ),
            models.CheckConstraint(
                condition=~Q(status="placed") | Q(reserved_until__isnull=False),
                name="order_placed_is_reserved",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="partly_refunded", refunded_minor__gt=0, refunded_minor__lt=F("total_minor")
                )
                | Q(status="refunded", refunded_minor=F("total_minor"))
                | Q(status__in=("placed", "paid", "cancelled", "expired"), refunded_minor=0),
                name="order_status_with_refunds",
            ),
            models.CheckConstraint(
                condition=Q(is_in_review=False) | Q(status="placed"), name="order_in_review_is_placed"
            ),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("order-detail", args=(self.token,))

    @property
    def first_name(self) -> str:
        return self.name.strip().partition(" ")[0]

    @property
    def masked_email(self) -> str:
        """Return "m…@example.com": enough for its owner, too little for whoever sees the screen."""
        local, _, domain = self.email.partition("@")
        return f"{local[:1]}…@{domain}"


class OrderLine(models.Model):
    """A line as it was bought: name and price stay when the product changes."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    product_name = models.CharField(max_length=120)
    unit_price_minor = models.PositiveIntegerField(help_text="US cents.")
    quantity = models.PositiveIntegerField()
    total_minor = models.GeneratedField(
        # Cast: a product of two 32-bit columns overflows on PostgreSQL.
        expression=Cast("unit_price_minor", models.BigIntegerField()) * F("quantity"),
        output_field=models.PositiveBigIntegerField(),
        db_persist=True,
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("order", "product"), name="order_line_once_per_product"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity_positive"),
        )


class HistoryEntry(models.Model):
    """One thing that happened to an order, in the customer's words."""

    class Kind(models.TextChoices):
        PLACED = "placed"
        CHARGING = "charging"
        NO_ANSWER = "no_answer", "No answer"
        DECLINED = "declined"
        PAID = "paid"
        REVIEW = "review"
        CANCELLED = "cancelled"
        EXPIRED = "expired"
        REFUNDING = "refunding"
        REFUNDED = "refunded"
        FAILED = "failed"
        REFUND_FAILED = "refund_failed", "Refund failed"

    class Actor(models.TextChoices):
        CUSTOMER = "customer"
        WORKER = "worker"
        PROVIDER = "provider"
        STAFF = "staff"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="history")
    kind = models.CharField(max_length=16, choices=Kind)
    actor = models.CharField(max_length=16, choices=Actor)
    sentence = models.CharField(max_length=200)
    note = models.CharField(
        max_length=400,
        blank=True,
        default="",
        db_default="",
        help_text="Who of the staff and why; for staff only.",
    )
    trace_id = models.CharField(max_length=32, blank=True)
    happened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "history"

    def __str__(self) -> str:
        return self.sentence
