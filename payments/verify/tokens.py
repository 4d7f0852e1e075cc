"""I6: one order per checkout form."""

from collections.abc import Iterator

from django.db.models import Count

from orders.models import Order
from payments.verify.verdict import Violation


def judge() -> Iterator[Violation]:
    tokens = Order.objects.order_by().values_list("checkout_token").annotate(orders=Count("pk"))
    for token, _ in tokens.filter(orders__gt=1):
        numbers = Order.objects.filter(checkout_token=token).order_by("pk").values_list("number", flat=True)
        first, *others = numbers
        yield Violation("I6", first, f"one checkout form placed {', '.join(others)} as well.")
