"""A shop that strangers try to spoil, and an eye on all that they must not change."""

from django.db.models import Sum

from orders.models import CartLine, HistoryEntry, Order, OrderLine
from payments.models import PaymentAttempt, Refund
from tests.fuzz.visitor import Visitor
from tests.payments.making import make_order, make_product
from webstore.catalog.models import Product

_MODELS = (CartLine, Order, OrderLine, HistoryEntry, PaymentAttempt, Refund, Product)
Rows = dict[str, list[tuple[object, ...]]]


class Shop:
    """A product, a visitor with one of it in the cart, and an order whose payment was declined."""

    def __init__(self) -> None:
        self.product = make_product(on_hand=1_000_000)
        self.order = make_order()
        self.visitor = Visitor()
        token = self.visitor.get(f"/products/{self.product.slug}").hidden()["csrfmiddlewaretoken"]
        added = {"slug": self.product.slug, "quantity": "1", "csrfmiddlewaretoken": token}
        assert self.visitor.post("/cart/add", added).location == "/cart"
        self._cart_id = CartLine.objects.get(product=self.product).cart_id

    @property
    def places(self) -> dict[str, str]:
        """Return what the addresses of pages are made of."""
        return {"slug": self.product.slug, "token": self.order.token}

    def make_ready(self) -> None:
        """Make the cart and the order such that every form may be sent again."""
        CartLine.objects.update_or_create(
            cart_id=self._cart_id,
            product=self.product,
            defaults={"quantity": 1, "seen_price_minor": self.product.price_minor},
        )
        self.order.refresh_from_db()
        if self.order.status != Order.Status.PLACED:
            self.order = make_order()
        PaymentAttempt.objects.filter(order=self.order).update(state=PaymentAttempt.State.DECLINED)

    def rows(self) -> Rows:
        """Return all that no refused request may touch."""
        return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in _MODELS}

    def changed(self, before: Rows) -> set[str]:
        """Return the names of the models that have other rows now."""
        now = self.rows()
        return {name for name in now if now[name] != before[name]}

    def holds_together(self) -> bool:
        """Return whether what is reserved is what unpaid orders wait for."""
        waiting = OrderLine.objects.filter(order__status=Order.Status.PLACED)
        ordered = waiting.aggregate(units=Sum("quantity"))["units"] or 0
        return bool(Product.objects.aggregate(units=Sum("reserved"))["units"] == ordered)
