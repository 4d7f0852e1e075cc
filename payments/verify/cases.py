"""All that is known of an order: the shop's rows about it, and the ledger's."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import QuerySet
from django.db.models.functions import Now

from orders.models import HistoryEntry, Order
from payments.models import PaymentAttempt, ProviderEvent, Refund
from payments.verify.ledger import Charge, GivenBack, Ledger

PAGE = 1_000
# The failure codes of rows that the staff ended where the provider could not. The judge has words of its own
# for what it looks for: with the shop's it would be wrong together with the shop.
SETTLED_BY_HAND, REFUNDED_ELSEWHERE = "settled_by_hand", "refunded_elsewhere"
# Between an order's number and a refund's key.
REFUND_MARK = "-R"


class OrderRow(NamedTuple):
    """`read_at` is the database's own clock: the one that leases go by."""

    pk: int
    number: str
    status: str
    is_in_review: bool
    total_minor: int
    refunded_minor: int
    currency: str
    reserved_until: datetime | None
    read_at: datetime

    @property
    def is_paid(self) -> bool:
        """Return whether it was paid, whatever was refunded since."""
        return self.status in (Order.Status.PAID, Order.Status.PARTLY_REFUNDED, Order.Status.REFUNDED)


class OutboxRow(NamedTuple):
    """An attempt to charge, or a refund; `owner` is the key of its order or attempt."""

    owner: int
    pk: int
    state: str
    amount_minor: int
    currency: str
    key: str
    provider_reference: str
    next_attempt_at: datetime
    lease_until: datetime | None
    asked_at: datetime | None
    created_at: datetime
    failure_code: str
    charged_minor: int = 0
    refunded_minor: int = 0


class HistoryRow(NamedTuple):
    owner: int
    kind: str
    actor: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    order: OrderRow
    attempts: Sequence[OutboxRow]
    refunds: Sequence[OutboxRow]
    history: Sequence[HistoryRow]
    charges: Sequence[Charge]
    given_back: Sequence[GivenBack]
    # Ids of charges that one of the staff settled, of any order.
    settled: Collection[str]

    @property
    def approved(self) -> OutboxRow | None:
        return next((row for row in self.attempts if row.state == PaymentAttempt.State.APPROVED), None)

    @property
    def live(self) -> list[OutboxRow]:
        return [row for row in self.attempts if row.state in PaymentAttempt.LIVE]

    def refunds_of(self, attempt: OutboxRow) -> list[OutboxRow]:
        """Return its refunds but those that were given up: of them nothing goes back."""
        given_up = Refund.State.GIVEN_UP
        return [row for row in self.refunds if row.owner == attempt.pk and row.state != given_up]

    @property
    def is_settled_by_hand(self) -> bool:
        """Return whether one of the staff answers for what was charged."""
        return any(row.failure_code == SETTLED_BY_HAND for row in self.attempts)

    def called(self, refund: OutboxRow) -> str:
        """Return what the provider was told that the refund is."""
        return f"{self.order.number}{REFUND_MARK}{refund.pk}"

    def is_settled(self, charge_id: str) -> bool:
        """Return whether one of the staff answers for this charge: never for one that a payment counts."""
        counted = any(row.charged_minor and row.provider_reference == charge_id for row in self.attempts)
        return not counted and (self.is_settled_by_hand or charge_id in self.settled)


_OUTBOX = (
    *("pk", "state", "amount_minor", "currency", "idempotency_key", "provider_reference"),
    *("next_attempt_at", "lease_until", "asked_at", "created_at", "failure_code"),
)
_ATTEMPT = ("order_id", *_OUTBOX, "charged_minor", "refunded_minor")
_REFUND = ("attempt_id", *_OUTBOX)
_HISTORY = ("order_id", "kind", "actor", "happened_at")

_Row = TypeVar("_Row", OutboxRow, HistoryRow)


def all_orders() -> Iterator[list[OrderRow]]:
    """Yield every order in pages, oldest first."""
    last = 0
    while page := _orders(Order.objects.filter(pk__gt=last).order_by("pk")[:PAGE]):
        yield page
        last = page[-1].pk


def orders_numbered(numbers: Sequence[str]) -> Iterator[list[OrderRow]]:
    """Yield these orders in pages; a number that no order has is left out."""
    for start in range(0, len(numbers), PAGE):
        yield _orders(Order.objects.filter(number__in=numbers[start : start + PAGE]).order_by("pk"))


def cases_of(orders: Sequence[OrderRow], ledger: Ledger) -> Iterator[Case]:
    """Yield each order with all that is known of it: a few queries for all of them."""
    keys, numbers = [order.pk for order in orders], [order.number for order in orders]
    attempts = _by_owner(OutboxRow, _rows(PaymentAttempt.objects.filter(order__in=keys), _ATTEMPT))
    history = _by_owner(HistoryRow, _rows(HistoryEntry.objects.filter(order__in=keys), _HISTORY))
    refunds = _by_owner(OutboxRow, _rows(Refund.objects.filter(attempt__order__in=keys), _REFUND))
    charges, given_back = ledger.charges_of(numbers), ledger.refunds_of(numbers)
    settled = settled_charges()
    for order in orders:
        own = attempts.get(order.pk, [])
        yield Case(
            order=order,
            attempts=own,
            refunds=[refund for attempt in own for refund in refunds.get(attempt.pk, [])],
            history=history.get(order.pk, []),
            charges=charges.get(order.number, []),
            given_back=given_back.get(order.number, []),
            settled=settled,
        )


def settled_charges() -> frozenset[str]:
    """Return the ids of charges that matched nothing here, and that one of the staff answers for."""
    settled = ProviderEvent.objects.filter(state=ProviderEvent.State.SETTLED)
    return frozenset(settled.order_by().values_list("about", flat=True))


def _orders(orders: QuerySet[Order]) -> list[OrderRow]:
    columns = OrderRow._fields[:-1]
    return [OrderRow(*row) for row in orders.values_list(*columns, Now())]


def _rows(found: QuerySet[Any], columns: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    return found.order_by("pk").values_list(*columns).iterator(chunk_size=PAGE)


def _by_owner(kind: type[_Row], rows: Iterable[tuple[Any, ...]]) -> dict[int, list[_Row]]:
    owned: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        owned[row[0]].append(kind(*row))
    return owned
