"""What the staff may choose to do about a payment or refund that needs somebody, and who may choose it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from payments import refund_reviewing, reviewing, settling
from payments.acting import Act
from payments.outbox import OutboxRow
from payments.reviewing import CHARGED_WRONGLY

_LOOKS = "orders.view_order"
_PAYMENTS = (_LOOKS, "payments.change_paymentattempt")
_REFUNDS = (_LOOKS, "payments.change_refund")
_BOTH = (*_PAYMENTS, "payments.add_refund")


@dataclass(frozen=True)
class Choice:
    """One thing the staff may do; `consequence` says what comes of it."""

    label: str
    consequence: str
    do: Callable[[int, Act], str]
    permissions: tuple[str, ...]
    is_for: Callable[[OutboxRow], bool]
    # That the provider knows nothing is believed only of what has not been asked for a while.
    must_rest: bool = True
    names_charge: bool = False

    def is_allowed_to(self, user: Any) -> bool:
        return bool(user.has_perms(self.permissions))


def _is_in_review(row: OutboxRow) -> bool:
    return row.is_in_review


def _any(_row: OutboxRow) -> bool:
    return True


def _is_charged_wrongly(row: OutboxRow) -> bool:
    return row.failure_code in CHARGED_WRONGLY


def _is_not_charged_wrongly(row: OutboxRow) -> bool:
    return row.failure_code not in CHARGED_WRONGLY


CHOICES: Mapping[str, Choice] = {
    "look-up": Choice(
        "Look up at the provider",
        "The provider is asked what it knows; nothing is charged. Charged: the order becomes paid. "
        "Not charged: the customer can pay another way.",
        reviewing.look_up,
        _PAYMENTS,
        _any,
    ),
    "charge-again": Choice(
        "Charge again",
        "The workers ask for the money again, with the same key: it is charged once at most.",
        reviewing.charge_again,
        _PAYMENTS,
        _is_not_charged_wrongly,
        must_rest=False,
    ),
    "cancel": Choice(
        "Cancel and release",
        "The provider is asked first. Not charged: the order is cancelled and its things go back on the "
        "shelf. Charged: the order becomes paid instead.",
        reviewing.cancel,
        _PAYMENTS,
        _is_not_charged_wrongly,
    ),
    "keep-one": Choice(
        "Keep one charge, refund the rest",
        "The provider is asked first. The charge you name becomes the order's payment, if their amounts are "
        "the same; every other charge of this order goes back.",
        settling.keep_one,
        _BOTH,
        _is_charged_wrongly,
        names_charge=True,
    ),
    "refund-all": Choice(
        "Cancel and refund everything",
        "The provider is asked first. Every charge of this order goes back, the order is cancelled and its "
        "things go back on the shelf.",
        settling.refund_all,
        _BOTH,
        _is_charged_wrongly,
    ),
    "settle": Choice(
        "Settle by hand",
        "The provider is not asked, and nothing is charged or given back: you have seen to it there that no "
        "money of this order stays with us. The order is cancelled and its things go back on the shelf.",
        settling.settle,
        _BOTH,
        _is_in_review,
    ),
}
REFUND_CHOICES: Mapping[str, Choice] = {
    "again": Choice(
        "Ask again",
        "The workers ask for the refund again, with the same key: it is given back once at most.",
        refund_reviewing.again,
        _REFUNDS,
        _any,
        must_rest=False,
    ),
    "give-up": Choice(
        "Give up",
        "The provider is asked first. Not given back: this refund ends, and its amount can be given back "
        "anew. Given back: it counts as that.",
        refund_reviewing.give_up,
        _REFUNDS,
        _any,
    ),
    "elsewhere": Choice(
        "Was given back another way",
        "The provider is not asked: you have seen to it that the customer has the money. It counts as given "
        "back.",
        refund_reviewing.count_as_done,
        _REFUNDS,
        _is_in_review,
    ),
}
