"""Every form of the shop that a stranger can send."""

from dataclasses import dataclass, field

from tests.fuzz.shop import Shop

SECRET = "csrfmiddlewaretoken"


@dataclass(frozen=True)
class Form:
    """Where it goes, the page it stands on, and which models it may change.

    `typed` is what a customer types, `hidden` what the page fills in itself.
    """

    action: str
    page: str
    changes: frozenset[str]
    typed: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.typed, *self.hidden)


@dataclass(frozen=True)
class Filled:
    """A form of one shop, as a customer who means no harm would send it now."""

    action: str
    fields: dict[str, str]


_PAYMENT = {"payment_method": "paypal", "payment_token": "tok_approve"}
_CUSTOMER = {
    "email": "mara@example.com",
    "country": "DE",
    "name": "Mara Jones",
    "address": "12 Orchard Lane\r\n10115 Berlin",
}
_TOTAL = ("checkout_token", "shown_total_minor", "shown_sign")
_CART = frozenset({"CartLine"})
_ORDER = frozenset({"Order", "HistoryEntry", "PaymentAttempt"})
_STOCK = frozenset({"OrderLine", "Product"})
FORMS = {
    "add": Form("/cart/add", "/products/{slug}", _CART, {"quantity": "1"}, ("slug",)),
    "change": Form("/cart/change", "/cart", _CART, {"quantity": "2"}, ("line",)),
    "remove": Form("/cart/remove", "/cart", _CART, {}, ("line",)),
    "find": Form(
        "/orders/find", "/orders/find", frozenset(), {"number": "K7QP-4M2X", "email": "mara@example.com"}
    ),
    "checkout": Form("/checkout", "/checkout", _CART | _ORDER | _STOCK, _CUSTOMER | _PAYMENT, _TOTAL),
    "pay": Form("/orders/{token}/pay", "/orders/{token}/pay", _ORDER, _PAYMENT, ("checkout_token",)),
    "cancel": Form("/orders/{token}/cancel", "/orders/{token}", _ORDER | _STOCK),
}
# Pages of the release before know nothing of it.
OPTIONAL = "shown_sign"
FIELDS = [(name, each) for name, form in FORMS.items() for each in form.names]


def filled(shop: Shop, name: str) -> Filled:
    """Return the form as its page has it now, with one thing in the cart and an order that can be paid."""
    form = FORMS[name]
    shop.make_ready()
    hidden = shop.visitor.get(form.page.format(**shop.places)).hidden()
    sent = {key: hidden[key] for key in (*form.hidden, SECRET)}
    return Filled(form.action.format(**shop.places), form.typed | sent)
