"""One name for each charge and refund, at the provider and here."""

import pytest

from orders.models import new_number
from payments import references


def test_a_refunds_name_is_read_as_it_was_written() -> None:
    number = new_number()
    name = references.of_refund(number, 7)

    assert name == f"{number}-R7"
    assert references.read_refund(name) == (number, 7)
    assert references.order_number(name) == references.order_number(number) == number


@pytest.mark.parametrize(
    "name", ["", "K7QP-4M2X", "K7QP-4M2X-R", "K7QP-4M2X-R7 ", "k7qp-4m2x-R7", "K7QP-4M2X-R²"]
)
def test_other_names_are_no_refunds(name: str) -> None:
    assert references.read_refund(name) is None
