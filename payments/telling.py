"""What the customer reads about a payment."""

from orders import history
from orders.models import HistoryEntry
from payments.models import PaymentAttempt
from webstore.catalog import money
from webstore.telemetry import propagation

Kind = HistoryEntry.Kind
Actor = HistoryEntry.Actor

_SENTENCES = {
    Kind.CHARGING: "We are charging {amount}.",
    Kind.NO_ANSWER: "No answer yet. We keep asking; you cannot be charged twice.",
    Kind.DECLINED: "The payment was declined. Nothing was charged.",
    Kind.PAID: "{amount} was charged.",
    Kind.REFUNDING: "{amount} was charged when the order was no longer open.",
    Kind.REVIEW: "We are checking your payment. A person looks at it within one working day.",
}
NOT_CHARGED = "We asked the payment provider: nothing was charged. You can pay another way."
BEGUN_ANEW = "The payment provider broke down before it charged anything. We ask once more."


def tell(attempt: PaymentAttempt, kind: Kind, *, actor: Actor, sentence: str = "") -> None:
    """Add to the order's history; without a sentence the kind's usual one."""
    history.record(
        attempt.order_id,
        kind=kind,
        actor=actor,
        sentence=(sentence or _SENTENCES[kind]).format(amount=money.display(attempt.amount_minor)),
        trace_id=propagation.current_trace_id(),
    )
