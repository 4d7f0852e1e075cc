"""Money that the provider has and no attempt of ours knows of: it pays its order, or goes back.

The charge gets an attempt of its own, of which its id is the key: there can be one only. Whose charge
it was is not guessed, and a customer's other attempt is not charged beside it.
"""

import uuid

from django.db import IntegrityError
from django.db.models.functions import Now

from orders import outcomes
from orders.models import Order
from payments import asking, recording, references, traces
from payments.claiming import LEASE, LeaseLost, claim_reviewed, give_back_reviewed
from payments.exchange import NeverAgain, TryAgain
from payments.models import PaymentAttempt
from payments.provider import Answer
from payments.recording import Result
from payments.transitions import SETTLED_BY_HAND, State, move
from payments.webhooks.looking import FOR_WANT_OF_AN_ANSWER, Done, Verdict, Wait
from payments.webhooks.truth import Charge
from webstore.telemetry import propagation
from webstore.transactions import in_transaction

_OUTCOMES = {State.APPROVED: "paid", State.ERROR: "given_back", State.REVIEW: "in_review"}


def book(charge: Charge) -> Verdict:
    """Make the charge its order's payment, or give it back, in one transaction."""
    order = Order.objects.filter(number=charge.reference).first()
    if order is None:
        return Done("no_such_order", needs_staff=True)
    if (charge.amount_minor, charge.currency) != (order.total_minor, order.currency.lower()):
        return Done("charged_something_else", needs_staff=True)
    try:
        return in_transaction(lambda: _book(charge, order))
    except IntegrityError:
        # Another worker has booked it, or an attempt is under way meanwhile: look again later.
        return Wait()


def _book(charge: Charge, order: Order) -> Verdict:
    outcomes.take(order.pk)
    if order.attempts.filter(failure_code=SETTLED_BY_HAND).exists():
        # Perhaps by giving this very money back, in a way that no API shows.
        return Done(SETTLED_BY_HAND, needs_staff=True)
    # Due: certainly nothing is charged for it, and now nothing needs to be.
    due = PaymentAttempt.objects.filter(order=order, state=State.DUE)
    move(due, to=State.CANCELLED, changes={"failure_code": "paid_otherwise"})
    found = _add_attempt(charge, order)
    return Done(_OUTCOMES[recording.write(found, Answer(is_approved=True, reference=charge.id))])


def _add_attempt(charge: Charge, order: Order) -> PaymentAttempt:
    """Add what holds the charge, as if a worker had just asked for it."""
    newest = order.attempts.order_by("-pk").first()
    return PaymentAttempt.objects.create(
        order=order,
        state=State.CHARGING,
        idempotency_key=references.key_of_charge(charge.id),
        payment_method=order.payment_method,
        amount_minor=charge.amount_minor,
        currency=order.currency,
        traceparent=traces.to_carry_on(newest) if newest else propagation.current_traceparent(),
        next_attempt_at=Now(),
        lease_id=uuid.uuid4(),
        lease_until=Now() + LEASE,
    )


def end_review(attempt: PaymentAttempt) -> Verdict:
    """Let the provider's word end a review that began for want of one: it was charged, so it is paid.

    Nobody's decision is overtaken: what the staff may do asks the provider first, and does the same with
    this answer, or it ends the review before us. Any other answer, and any other reason for the review,
    leaves the attempt to them.
    """
    if attempt.failure_code not in FOR_WANT_OF_AN_ANSWER:
        return Done("in_review")
    held = claim_reviewed(attempt.pk)
    if held is None:
        return Wait()
    result = asking.look_up(held)
    try:
        return in_transaction(lambda: _write(held, result))
    except LeaseLost:
        return Wait()


def _write(held: PaymentAttempt, result: Result) -> Verdict:
    if isinstance(result, Answer) and result.is_approved:
        return Done(_OUTCOMES[recording.write(held, result)])
    give_back_reviewed(held, _news(result))
    return Wait() if isinstance(result, TryAgain) else Done("in_review")


def _news(result: Result) -> dict[str, str]:
    """Return what the staff need to know: charged otherwise, or more than once, and by which charge."""
    if isinstance(result, NeverAgain) and result.reference:
        return {"failure_code": result.code, "provider_reference": result.reference}
    return {}
