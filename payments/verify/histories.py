"""I7, the story: an order's history is one that can happen, and it ends where the order stands."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from orders.models import HistoryEntry, Order
from payments.models import Refund
from payments.verify.cases import Case
from payments.verify.verdict import Violation

Kind = HistoryEntry.Kind
Status = Order.Status

_ASKED = frozenset({Kind.CHARGING, Kind.NO_ANSWER, Kind.DECLINED, Kind.PAID, Kind.REVIEW, Kind.CANCELLED})
# A charge that nobody knew of may still turn up, and pays.
_CUSTOMERS_TURN = frozenset({Kind.CHARGING, Kind.CANCELLED, Kind.EXPIRED, Kind.PAID})
_MONEY_BACK = frozenset({Kind.REFUNDING, Kind.REFUNDED, Kind.REFUND_FAILED})
# What may follow what. A worker that dies says nothing: so an answer may follow right after the order.
LEGAL: Mapping[str, frozenset[Kind]] = {
    Kind.PLACED: _ASKED,
    Kind.CHARGING: _ASKED,
    Kind.NO_ANSWER: _ASKED,
    Kind.REVIEW: frozenset({Kind.REVIEW, Kind.NO_ANSWER, Kind.PAID, Kind.FAILED, Kind.CANCELLED}),
    Kind.DECLINED: _CUSTOMERS_TURN,
    Kind.FAILED: _CUSTOMERS_TURN,
    # Money that arrives late pays an expired order while there is stock, and goes back otherwise.
    Kind.EXPIRED: frozenset({Kind.PAID, Kind.REFUNDING}),
    Kind.CANCELLED: frozenset({Kind.REFUNDING}),
    Kind.PAID: frozenset({Kind.REFUNDING}),
    # What went back was perhaps not the order's payment: that may come yet.
    Kind.REFUNDING: _MONEY_BACK | {Kind.PAID},
    Kind.REFUNDED: _MONEY_BACK | {Kind.PAID},
    Kind.REFUND_FAILED: _MONEY_BACK | {Kind.PAID},
}
_ENDINGS: Mapping[str, Status] = {Kind.CANCELLED: Status.CANCELLED, Kind.EXPIRED: Status.EXPIRED}
_ONCE = (Kind.PLACED, Kind.PAID, Kind.CANCELLED, Kind.EXPIRED)


def judge(case: Case) -> Iterator[Violation]:
    kinds = [entry.kind for entry in case.history]
    for said in (*_path(kinds), *_ending(case, kinds), *_refunds(case, Counter(kinds))):
        yield Violation("I7", case.order.number, said)


def _path(kinds: Sequence[str]) -> Iterator[str]:
    if not kinds or kinds[0] != Kind.PLACED:
        yield f"its history begins with “{_words(kinds[0]) if kinds else 'nothing'}”."
    for kind in _ONCE:
        if kinds.count(kind) > 1:
            yield f"its history says “{_words(kind)}” {kinds.count(kind)} times."
    for before, after in pairwise(kinds):
        if after not in LEGAL.get(before, ()):
            yield f"its history goes from “{_words(before)}” to “{_words(after)}”."


def _ending(case: Case, kinds: Sequence[str]) -> Iterator[str]:
    if Kind.PAID in kinds:
        agrees = case.order.is_paid
    else:
        told = next((_ENDINGS[kind] for kind in kinds if kind in _ENDINGS), Status.PLACED)
        agrees = case.order.status == told
    if not agrees:
        yield f"is {_words(case.order.status)}, but its history says: {', '.join(map(_words, kinds))}."


def _refunds(case: Case, told: Counter[str]) -> Iterator[str]:
    states = Counter(refund.state for refund in case.refunds)
    done, failed = states[Refund.State.SUCCEEDED], states[Refund.State.GIVEN_UP]
    if told[Kind.REFUNDED] != done:
        yield f"{done} refunds went back, its history tells of {told[Kind.REFUNDED]}."
    if told[Kind.REFUND_FAILED] != failed:
        yield f"{failed} refunds were given up, its history tells of {told[Kind.REFUND_FAILED]}."
    if told[Kind.REFUNDING] < len(case.refunds):
        yield f"{len(case.refunds)} refunds were begun, its history tells of {told[Kind.REFUNDING]}."


def _words(name: str) -> str:
    return name.replace("_", " ")
