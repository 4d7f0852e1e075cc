"""How an order stands, in the customer's words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import HistoryEntry, Order
from webstore.catalog.money import display

Kind = HistoryEntry.Kind
Method = Order.PaymentMethod
Status = Order.Status

_PAYER = {Method.CARD: "Your bank", Method.PAYPAL: "PayPal", Method.BANK_TRANSFER: "Your bank"}
_CHARGING = {
    Method.CARD: "We are charging your card.",
    Method.PAYPAL: "We are charging your PayPal account.",
    Method.BANK_TRANSFER: "We are collecting the money from your bank account.",
}
_ARRIVES = "The money arrives in 3–5 days."
_NO_DOUBLE_CHARGE = "You cannot be charged twice."


@dataclass(frozen=True)
class Step:
    """One step on the way to a paid order; `mark` is "done", "current", "stopped" or "ahead"."""

    word: str
    mark: str


@dataclass(frozen=True)
class State:
    """What the order page says on top."""

    name: str
    title: str
    headline: str
    sentence: str
    steps: tuple[Step, ...]
    is_moving: bool = False
    can_pay_again: bool = False
    can_be_cancelled: bool = False
    is_over: bool = False


def state_of(order: Order, *, newest: HistoryEntry | None, now: datetime) -> State:
    """Return how the order stands; `newest` is the last entry of its history."""
    newest_kind = newest.kind if newest else None
    if order.status == Status.PLACED:
        return _unpaid(order, newest_kind, kept=_kept(order, now))
    if order.status == Status.PAID and newest_kind != Kind.REFUNDING:
        return _paid(order)
    return _over(order, newest)


def refresh_seconds(state: State, *, since: datetime, now: datetime) -> int:
    """Return how soon the page asks again; 0 when nothing will change by itself."""
    if not state.is_moving:
        return 0
    if now - since < timedelta(seconds=10):
        return 1
    return 3 if now - since < timedelta(minutes=1) else 15


def _unpaid(order: Order, newest_kind: str | None, *, kept: str) -> State:
    if order.is_in_review:
        return _in_review()
    payer = _PAYER[Method(order.payment_method)]
    if newest_kind == Kind.DECLINED:
        return _declined(payer, kept)
    if newest_kind == Kind.FAILED:
        return _failed(kept)
    if newest_kind == Kind.NO_ANSWER:
        return _unanswered(payer)
    # Until a worker takes it, nobody has asked for the money yet.
    return _paying(_CHARGING[Method(order.payment_method)], can_be_cancelled=newest_kind == Kind.PLACED)


def _in_review() -> State:
    return State(
        "review",
        "In review",
        "We are checking your payment",
        f"A person looks at it within one working day. {_NO_DOUBLE_CHARGE}",
        _steps(Step("In review", "current")),
    )


def _declined(payer: str, kept: str) -> State:
    return State(
        "declined",
        "Declined",
        f"{payer} said no",
        f"Nothing was charged. Your things are kept for you {kept}.",
        _steps(Step("Declined", "stopped")),
        can_pay_again=True,
        can_be_cancelled=True,
    )


def _failed(kept: str) -> State:
    return State(
        "failed",
        "Not paid",
        "The payment did not work",
        f"Nothing was charged. Your things are kept for you {kept}.",
        _steps(Step("Not paid", "stopped")),
        can_pay_again=True,
        can_be_cancelled=True,
    )


def _unanswered(payer: str) -> State:
    return State(
        "no-answer",
        "No answer yet",
        f"{payer} has not answered yet",
        f"We keep asking. {_NO_DOUBLE_CHARGE}",
        _steps(Step("Paying", "current")),
        is_moving=True,
    )


def _paying(charging: str, *, can_be_cancelled: bool) -> State:
    return State(
        "paying",
        "Paying…",
        "Paying…",
        f"{charging} You can close this page: its link shows the result.",
        _steps(Step("Paying", "current")),
        is_moving=True,
        can_be_cancelled=can_be_cancelled,
    )


def _paid(order: Order) -> State:
    return State(
        "paid",
        "Paid",
        f"Paid. Thank you, {order.first_name}.",
        f"We received {display(order.total_minor)}. Keep the link to this page: it is your receipt.",
        (Step("Placed", "done"), Step("Paying", "done"), Step("Paid", "done")),
    )


def _over(order: Order, newest: HistoryEntry | None) -> State:
    headline, sentence = {
        Status.PAID: ("Paid", "Money is on its way back to you."),
        Status.CANCELLED: ("Cancelled", "Nothing was charged."),
        Status.EXPIRED: (
            "Expired",
            "The payment did not arrive in time. Nothing was charged; your things are back on the shelf.",
        ),
        Status.PARTLY_REFUNDED: (f"Refunded {display(order.refunded_minor)}", _ARRIVES),
        Status.REFUNDED: (f"Refunded {display(order.total_minor)}", _ARRIVES),
    }[Status(order.status)]
    if newest and order.paid_at is None:
        sentence = _told_of_money(newest) or sentence
    label = order.get_status_display()
    steps = (Step("Placed", "done"), Step(label, "done"))
    return State(order.status, label, headline, sentence, steps, is_over=True)


def _told_of_money(newest: HistoryEntry) -> str:
    """Return what became of money that an unpaid order's customer may have been charged, "" for none."""
    if newest.kind == Kind.REFUNDING:
        return "What was charged for it goes back to you."
    if newest.kind == Kind.REFUNDED:
        return f"What was charged for it went back to you. {_ARRIVES}"
    if newest.kind == Kind.REFUND_FAILED:
        return "What was charged for it did not go back yet. A person takes care of it."
    return newest.sentence if newest.kind == Kind.CANCELLED else ""


def _kept(order: Order, now: datetime) -> str:
    """Return for how long: a moment of day would need the customer's time zone."""
    left = order.reserved_until - now if order.reserved_until else timedelta()
    minutes = int(left.total_seconds() // 60)
    if minutes < 1:
        return "for less than a minute"
    return f"for {minutes} more minute{'s' if minutes > 1 else ''}"


def _steps(middle: Step) -> tuple[Step, ...]:
    return (Step("Placed", "done"), middle, Step("Paid", "ahead"))
