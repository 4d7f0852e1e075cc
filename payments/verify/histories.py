"""I7, the story: an order's history is one that can happen, and it ends where the order stands."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from orders.models import HistoryEntry, Order
from payments.models import Refund
from payments.verify.cases import Case
from payments.verify.verdict import Violation

Kind = HistoryEntry.Kind
Status = Order.Status

_ASKED = frozenset({Kind.CHARGING, Kind.NO_ANSWER, Kind.DECLINED, Kind.PAID, Kind.REVIEW, Kind.CANCELLED})
_CUSTOMERS_TURN = frozenset({Kind.CHARGING, Kind.CANCELLED, Kind.EXPIRED})
# What may follow what. A worker that dies says nothing: so an answer may follow right after the order.
LEGAL: Mapping[Kind, frozenset[Kind]] = {
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
    Kind.REFUNDING: frozenset({Kind.REFUNDING, Kind.REFUNDED}),
    Kind.REFUNDED: frozenset({Kind.REFUNDING, Kind.REFUNDED}),
}
_ENDINGS = {Kind.CANCELLED: Status.CANCELLED, Kind.EXPIRED: Status.EXPIRED}
_ONCE = (Kind.PLACED, Kind.PAID, Kind.CANCELLED, Kind.EXPIRED)


def judge(case: Case) -> Iterator[Violation]:
    kinds = [Kind(entry.kind) for entry in case.history]
    for said in (*_path(kinds), *_ending(case, kinds), *_refunds(case, Counter(kinds))):
        yield Violation("I7", case.order.number, said)


def _path(kinds: list[Kind]) -> Iterator[str]:
    if not kinds or kinds[0] != Kind.PLACED:
        yield f"its history begins with “{kinds[0].label if kinds else 'nothing'}”."
    for kind in _ONCE:
        if kinds.count(kind) > 1:
            yield f"its history says “{kind.label}” {kinds.count(kind)} times."
    for before, after in pairwise(kinds):
        if after not in LEGAL[before]:
            yield f"its history goes from “{before.label}” to “{after.label}”."


def _ending(case: Case, kinds: list[Kind]) -> Iterator[str]:
    if Kind.PAID in kinds:
        agrees = case.order.is_paid
    else:
        told = next((_ENDINGS[kind] for kind in kinds if kind in _ENDINGS), Status.PLACED)
        agrees = case.order.status == told
    if not agrees:
        told_kinds = ", ".join(kind.label.lower() for kind in kinds)
        yield f"is {Status(case.order.status).label.lower()}, but its history says: {told_kinds}."


def _refunds(case: Case, told: Counter[Kind]) -> Iterator[str]:
    done = sum(refund.state == Refund.State.SUCCEEDED for refund in case.refunds)
    if told[Kind.REFUNDED] != done:
        yield f"{done} refunds went back, its history tells of {told[Kind.REFUNDED]}."
    if told[Kind.REFUNDING] < len(case.refunds):
        yield f"{len(case.refunds)} refunds were begun, its history tells of {told[Kind.REFUNDING]}."
