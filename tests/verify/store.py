"""A shop and its provider's ledger, brought into every state by their own code, and broken by hand."""

import time
import uuid
from pathlib import Path
from typing import Any

from orders.models import Order
from payments import claiming, closing, recording, refund_recording, starting
from payments.checkout import check_out
from payments.exchange import NoAnswer
from payments.giving_back import Wish
from payments.models import PaymentAttempt, Refund
from payments.paying_again import pay_again
from payments.provider import Answer
from payments.provider_refunds import Refunded
from payments.sandbox.ledger import Ledger
from payments.sandbox.parsing import ChargeRequest, RefundRequest
from payments.sandbox.refunds import Refunds
from payments.sandbox.tokens import ChargeStatus
from payments.starting import Payment
from payments.verify.judging import Sources, judge
from payments.verify.verdict import Verdict
from tests.payments.making import make_cart, make_product, request_of
from webstore.catalog import stock
from webstore.catalog.models import Product

PRICE = 4186


class Store:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.ledger = Ledger(file)

    # --- What happens in a shop that works ---

    def placed(self) -> Order:
        product = make_product()
        stock.record_first(Product.objects.filter(pk=product.pk))
        return check_out(make_cart(product), request_of())

    def asked(self) -> PaymentAttempt:
        """Place an order, and let a worker take its payment."""
        return self.taken(self.placed())

    def taken(self, order: Order) -> PaymentAttempt:
        taken = claiming.claim(order.attempts.filter(state__in=("due", "unknown")).get().pk)
        assert taken is not None
        if taken.tries == 1:
            recording.note_charging(taken)
        return taken

    def answered(self, attempt: PaymentAttempt, charge_id: str) -> Order:
        recording.record(attempt, Answer(is_approved=True, reference=charge_id))
        return Order.objects.get(pk=attempt.order_id)

    def paid(self) -> Order:
        attempt = self.asked()
        return self.answered(attempt, self.charge(attempt.order.number, key=attempt.idempotency_key))

    def declined(self) -> Order:
        attempt = self.asked()
        charge_id = self.charge(attempt.order.number, key=attempt.idempotency_key, status="failed")
        recording.record(
            attempt, Answer(is_approved=False, reference=charge_id, failure_code="card_declined")
        )
        return attempt.order

    def unanswered(self) -> Order:
        attempt = self.asked()
        recording.record(attempt, NoAnswer("no answer"))
        return attempt.order

    def in_review(self) -> Order:
        attempt = self.asked()
        attempt.tries = 99
        recording.record(attempt, NoAnswer("no answer"))
        return Order.objects.get(pk=attempt.order_id)

    def cancelled(self) -> Order:
        order = self.placed()
        closing.cancel(order)
        return Order.objects.get(pk=order.pk)

    def expired(self) -> Order:
        order = self.declined()
        Order.objects.filter(pk=order.pk).update(reserved_until=order.placed_at)
        closing.expire_overdue()
        return Order.objects.get(pk=order.pk)

    def paid_again(self) -> Order:
        """Return an order that was declined first."""
        order = self.declined()
        assert pay_again(order, Payment("card", "tok_approve"), form_token=uuid.uuid4())
        attempt = self.taken(order)
        return self.answered(attempt, self.charge(order.number, key=attempt.idempotency_key))

    def refunding(self, order: Order, amount_minor: int = PRICE) -> Refund:
        wish = Wish(amount_minor, "It broke.", key=uuid.uuid4().hex, asked_by="ann")
        refund = starting.give_back(order.attempts.get(state="approved").pk, wish)
        assert refund is not None
        return refund

    def refunded(self, order: Order, amount_minor: int = PRICE) -> Refund:
        return self.sent(self.refunding(order, amount_minor))

    def sent(self, refund: Refund) -> Refund:
        """Let a worker send the refund, and the provider do it."""
        taken = claiming.claim_refund(refund.pk)
        assert taken is not None
        charge_id, number = taken.attempt.provider_reference, taken.attempt.order.number
        refund_id = self.give_back(charge_id, taken.amount_minor, f"{number}-R{taken.pk}")
        refund_recording.record(taken, Refunded(refund_id))
        return Refund.objects.get(pk=refund.pk)

    # --- The provider's side, by its own ledger ---

    def charge(
        self,
        number: str,
        *,
        amount_minor: int = PRICE,
        key: str = "",
        status: ChargeStatus = "succeeded",
        currency: str = "usd",
    ) -> str:
        """Charge and return the charge's id; without a key with one that nobody knows."""
        wanted = ChargeRequest(amount_minor, currency, "tok_approve", number)
        entry = self.ledger.enter(key or uuid.uuid4().hex, wanted, now=time.time())
        return self.ledger.charge(entry.id, wanted, status=status, now=time.time()).id

    def give_back(self, charge_id: str, amount_minor: int, reference: str = "by hand") -> str:
        wanted = RefundRequest(charge_id, amount_minor, reference)
        entry = self.ledger.enter(uuid.uuid4().hex, wanted, now=time.time())
        refund = Refunds(self.ledger).add(entry.id, wanted, now=time.time())
        assert refund is not None
        return refund.id

    def rewrite(self, sql: str, *parameters: Any) -> None:
        """Break the ledger."""
        with self.ledger.transaction() as connection:
            connection.execute(sql, parameters)

    # --- The judge ---

    def verdict(self, **options: Any) -> Verdict:
        return judge(Sources(self.file, options.pop("journal", None)), **options)

    def broken(self, **options: Any) -> list[tuple[str, str, str]]:
        """Return (invariant, subject, what was said)."""
        found = self.verdict(**options).violations
        return [(violation.invariant, violation.subject, violation.said) for violation in found]
