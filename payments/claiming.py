"""Taking a row: of all workers that want it, one gets it, for as long as its lease."""

import math
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now

from payments.models import PaymentAttempt, Refund
from payments.outbox import OutboxRow, Row
from payments.transitions import move

# As long as the hard time limit of a task: who still runs then is killed. The provider's deadline (8 s)
# and the soft limit (10 s) end before, so no living worker is overtaken. A killed one's order waits
# for the rest of it and for a sweep (2 s): measured, it is paid 12.4 to 14.3 s after the kill, of the
# 15 s it may take. Its message comes again at once where a child died, too early for the lease, and
# after a minute where the whole worker did.
LEASE = timedelta(seconds=12)
# A request may come to the provider after its caller gave up. Load balancers and proxies hold one for a
# minute, as they come: by then it is passed on or dropped.
REST = timedelta(seconds=60)
# The provider forgets keys after a day, and would charge a forgotten one again.
KEY_LIFE = timedelta(hours=23)
# A look-up sends nothing that must rest: neither does it begin a rest, nor end one.
_RESTING: Mapping[str, Any] = {"updated_at": F("updated_at")}


class LeaseLost(Exception):
    """Another worker has taken the row over; nothing was recorded."""


def claim(attempt_id: int) -> PaymentAttempt | None:
    """Return the attempt with a fresh lease; None when it is not due, taken, or tried too often."""
    waiting = PaymentAttempt.objects.waiting().filter(pk=attempt_id)
    return _claim(waiting, PaymentAttempt.objects.select_related("order").filter(pk=attempt_id))


def claim_refund(refund_id: int) -> Refund | None:
    """Return the refund with a fresh lease, as `claim` does."""
    waiting = Refund.objects.waiting().filter(pk=refund_id)
    return _claim(waiting, Refund.objects.select_related("attempt__order").filter(pk=refund_id))


def claim_reviewed(attempt_id: int) -> PaymentAttempt | None:
    """Return an attempt in review with a fresh lease, for a look-up; None: it is not there now.

    That nothing was charged is not to be believed then: a charge may be on its way. Its rest goes on
    meanwhile, if `give_back_reviewed` ends the lease.
    """
    reviewed = PaymentAttempt.objects.filter(pk=attempt_id, state=PaymentAttempt.State.REVIEW)
    whole = PaymentAttempt.objects.select_related("order").filter(pk=attempt_id)
    return _lease(reviewed, whole, **_RESTING)


def claim_rested(attempt_id: int) -> PaymentAttempt | None:
    """Return an attempt that needs somebody with a fresh lease, for one of the staff; None: not now."""
    rested = PaymentAttempt.objects.for_staff().filter(pk=attempt_id, updated_at__lte=Now() - REST)
    return _lease(rested, PaymentAttempt.objects.select_related("order").filter(pk=attempt_id))


def claim_rested_refund(refund_id: int) -> Refund | None:
    """Return a refund that needs somebody with a fresh lease, as `claim_rested` does."""
    rested = Refund.objects.for_staff().filter(pk=refund_id, updated_at__lte=Now() - REST)
    return _lease(rested, Refund.objects.select_related("attempt__order").filter(pk=refund_id))


def give_back_reviewed(attempt: PaymentAttempt, changes: Mapping[str, Any]) -> None:
    """Leave what `claim_reviewed` took in review, having rested for as long as without that."""
    move_held(attempt, to=PaymentAttempt.State.REVIEW, changes={**_RESTING, **changes})


def move_back(row: OutboxRow, *, to: str, changes: Mapping[str, Any]) -> None:
    """Do what `move_held` does where only a look-up was sent: the row has rested all the same."""
    move_held(row, to=to, changes={"updated_at": Now() - REST, **changes})


def rest_seconds(rows: QuerySet[Row]) -> int:
    """Return for how long the one row must rest, by the database's clock; 0: no more, or it is not there."""
    found = rows.annotate(read_at=Now()).values_list("updated_at", "read_at").first()
    if found is None:
        return 0
    updated_at, read_at = found
    return max(0, math.ceil((updated_at + REST - read_at).total_seconds()))


def _lease(rows: QuerySet[Row], whole: QuerySet[Row], **more: Any) -> Row | None:
    lease_id = uuid.uuid4()
    # No tries are left: should the lease run out, it goes to review and the provider is not asked.
    tries = settings.PAYMENT_MAX_TRIES
    changes = {"lease_id": lease_id, "lease_until": Now() + LEASE, "tries": tries, **more}
    if not move(rows, to=rows.model.TAKEN, changes=changes):
        return None
    return whole.filter(lease_id=lease_id).first()


def _claim(waiting: QuerySet[Row], whole: QuerySet[Row]) -> Row | None:
    lease_id = uuid.uuid4()
    changes = {
        "lease_id": lease_id,
        "lease_until": Now() + LEASE,
        "tries": F("tries") + 1,
        "asked_at": Coalesce("asked_at", Now()),
        "asked_count": F("asked_count") + 1,
    }
    untired = waiting.filter(tries__lt=settings.PAYMENT_MAX_TRIES)
    if not move(untired, to=waiting.model.TAKEN, changes=changes):
        return None
    # By its lease: in the unlikely case that it has already run out, it is somebody else's.
    return whole.filter(lease_id=lease_id).first()


def has_old_key(row: OutboxRow) -> bool:
    """Return whether the row was asked for before and its key may be forgotten at the provider."""
    return _has_key_of(row, KEY_LIFE)


def has_ageing_key(row: OutboxRow) -> bool:
    """Return whether a look-up for its old key could come before a request that was sent last with it."""
    return _has_key_of(row, KEY_LIFE - 2 * REST)


def _has_key_of(row: OutboxRow, age: timedelta) -> bool:
    if row.asked_count <= 1:
        return False
    return _rows_of(row).filter(pk=row.pk, asked_at__lte=Now() - age).exists()


def move_held(row: OutboxRow, *, to: str, changes: Mapping[str, Any]) -> None:
    """Bring a row we hold into its next state, or raise `LeaseLost`."""
    held = _rows_of(row).filter(pk=row.pk, state=row.TAKEN, lease_id=row.lease_id)
    if not move(held, to=to, changes=changes):
        raise LeaseLost


def keep_held(row: OutboxRow) -> None:
    """Hold a row's lock until the commit, and its lease as it is, or raise `LeaseLost`."""
    move_held(row, to=row.TAKEN, changes={"lease_id": row.lease_id, "lease_until": F("lease_until")})


def _rows_of(row: OutboxRow) -> QuerySet[Any]:
    return type(row)._default_manager.all()
