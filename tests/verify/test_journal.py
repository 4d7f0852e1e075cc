"""I4 and I6 as customers saw them, and one order per form in the database itself."""

import json
import uuid
from pathlib import Path

import pytest

from orders.models import Order
from payments.verify.verdict import CannotJudge
from tests.verify.breaking import one_form_may_order_twice
from tests.verify.store import Store

pytestmark = pytest.mark.django_db


def journal(folder: Path, *shown: tuple[uuid.UUID, str | None], end: str = "\n") -> Path:
    file = folder / "journal.jsonl"
    lines = [
        json.dumps({"at": 1.5, "token": str(token), "number": number, "path": "/", "shown": "placed"})
        for token, number in shown
    ]
    file.write_text("\n".join(lines) + end)
    return file


def test_what_was_shown_is_there(store: Store, tmp_path: Path) -> None:
    order = store.paid()
    token = order.checkout_token
    file = journal(tmp_path, (token, order.number), (token, None), (token, order.number))

    assert store.broken(journal=file) == []


def test_a_number_that_no_order_has(store: Store, tmp_path: Path) -> None:
    file = journal(tmp_path, (uuid.uuid4(), "AAAA-2222"))

    said = "was shown to a customer, but there is no such order."
    assert store.broken(journal=file) == [("I4", "AAAA-2222", said)]


def test_one_form_that_led_to_two_orders(store: Store, tmp_path: Path) -> None:
    orders = sorted([store.paid(), store.paid()], key=lambda order: order.number)
    first, second = (order.number for order in orders)
    token = orders[0].checkout_token
    file = journal(tmp_path, (token, second), (token, first))

    assert store.broken(journal=file) == [
        ("I6", first, f"the form {token} also led its customer to {second}."),
        ("I6", second, f"was shown for the form {token}, but {orders[1].checkout_token} placed it."),
    ]


def test_somebody_elses_order(store: Store, tmp_path: Path) -> None:
    order, stranger = store.paid(), uuid.uuid4()
    file = journal(tmp_path, (stranger, order.number))

    said = f"was shown for the form {stranger}, but {order.checkout_token} placed it."
    assert store.broken(journal=file) == [("I6", order.number, said)]


def test_a_line_that_is_still_being_written_is_left_out(store: Store, tmp_path: Path) -> None:
    order = store.paid()
    file = journal(tmp_path, (order.checkout_token, order.number), end='\n{"token": "12')

    assert store.broken(journal=file) == []


@pytest.mark.parametrize("text", ["nonsense\n", "[]\n", '{"token": "1"}\n', "\x00\n"])
def test_a_journal_that_cannot_be_read(store: Store, tmp_path: Path, text: str) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text(text)

    with pytest.raises(CannotJudge, match=r"cannot be read as a journal"):
        store.verdict(journal=file)


def test_a_journal_that_is_not_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(CannotJudge, match=r"none\.jsonl"):
        store.verdict(journal=tmp_path / "none.jsonl")


@pytest.mark.django_db(transaction=True)
def test_one_form_that_placed_two_orders(store: Store) -> None:
    with one_form_may_order_twice():
        first, second = store.placed(), store.placed()
        Order.objects.update(checkout_token=uuid.uuid4())

        said = store.broken()
        second.attempts.all().delete()
        first.attempts.all().delete()

    assert said == [("I6", first.number, f"one checkout form placed {second.number} as well.")]
