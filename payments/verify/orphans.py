"""I2 once more: charges whose order the shop does not have at all."""

from collections.abc import Iterator, Sequence

from orders.models import Order
from payments.verify.cases import settled_charges
from payments.verify.ledger import Ledger, total
from payments.verify.verdict import Violation
from webstore.catalog.money import display


def judge(ledger: Ledger) -> Iterator[Violation]:
    for page in ledger.charged_references():
        yield from judge_references(page, ledger)


def judge_references(references: Sequence[str], ledger: Ledger) -> Iterator[Violation]:
    there = set(Order.objects.filter(number__in=references).values_list("number", flat=True))
    missing = [reference for reference in references if reference not in there]
    if not missing:
        return
    charges, given_back, settled = ledger.charges_of(missing), ledger.refunds_of(missing), settled_charges()
    for reference in missing:
        taken = [each for each in charges.get(reference, []) if each.is_succeeded and each.id not in settled]
        back = [each for each in given_back.get(reference, []) if each.charge_id not in settled]
        kept_minor = total(taken) - total(back)
        if kept_minor > 0:
            yield Violation(
                "I2", reference, f"{display(kept_minor)} was charged, but there is no such order."
            )
