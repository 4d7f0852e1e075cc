"""Stock can be promised, sold, given back and recounted, and never more of it than there is."""

import pytest

from tests.catalog.builders import a_product
from webstore.catalog import stock
from webstore.catalog.models import Product

pytestmark = pytest.mark.django_db


def levels(product: Product) -> tuple[int, int]:
    product.refresh_from_db()
    return product.on_hand, product.reserved


def test_reserve_promises_the_last_units() -> None:
    product = a_product(on_hand=10, reserved=7)

    assert stock.reserve(product.pk, quantity=3) is True

    assert levels(product) == (10, 10)


def test_reserve_refuses_one_too_many() -> None:
    product = a_product(on_hand=10, reserved=7)

    assert stock.reserve(product.pk, quantity=4) is False

    assert levels(product) == (10, 7)


def test_reserve_refuses_what_does_not_exist() -> None:
    assert stock.reserve(999, quantity=1) is False


def test_sell_takes_promised_units_out_of_the_store_room() -> None:
    product = a_product(on_hand=10, reserved=3)

    assert stock.sell(product.pk, quantity=2) is True

    assert levels(product) == (8, 1)


def test_sell_refuses_what_was_not_promised() -> None:
    product = a_product(on_hand=10, reserved=1)

    assert stock.sell(product.pk, quantity=2) is False

    assert levels(product) == (10, 1)


def test_release_gives_promised_units_back() -> None:
    product = a_product(on_hand=10, reserved=3)

    assert stock.release(product.pk, quantity=3) is True

    assert levels(product) == (10, 0)


def test_release_refuses_what_was_not_promised() -> None:
    product = a_product(on_hand=10, reserved=3)

    assert stock.release(product.pk, quantity=4) is False

    assert levels(product) == (10, 3)


@pytest.mark.parametrize(("by", "left"), [(5, 15), (-7, 3)])
def test_correct_changes_what_is_on_hand(by: int, left: int) -> None:
    product = a_product(on_hand=10, reserved=3)

    assert stock.correct(product.pk, by=by) is True

    assert levels(product) == (left, 3)


def test_correct_keeps_what_is_promised() -> None:
    product = a_product(on_hand=10, reserved=3)

    assert stock.correct(product.pk, by=-8) is False

    assert levels(product) == (10, 3)
