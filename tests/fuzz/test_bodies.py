"""Forms that are too large, lack something or have it twice, and files where text belongs."""

import uuid

import pytest

from tests.fuzz.forms import FIELDS, FORMS, OPTIONAL, SECRET, filled
from tests.fuzz.shop import Shop
from tests.fuzz.visitor import ENCODINGS, FORM, MULTIPART, urlencoded

each_form = pytest.mark.parametrize("name", FORMS)
each_field = pytest.mark.parametrize(("name", "field"), [each for each in FIELDS if each[1] != OPTIONAL])
each_encoding = pytest.mark.parametrize("encoding", ENCODINGS)


@each_form
@each_encoding
@pytest.mark.parametrize("extra", [{str(n): "" for n in range(1_001)}, {"note": "x" * 3_000_000}])
def test_too_much_is_refused(shop: Shop, name: str, encoding: str, extra: dict[str, str]) -> None:
    form = filled(shop, name)
    before = shop.rows()

    answer = shop.visitor.post(form.action, extra | form.fields, encoding)

    assert (answer.status, answer.is_error_page) == (400, True)
    assert shop.changed(before) == set()


@each_field
def test_a_missing_field_is_said(shop: Shop, name: str, field: str) -> None:
    form = filled(shop, name)
    before = shop.rows()
    del form.fields[field]

    answer = shop.visitor.post(form.action, form.fields)

    assert answer.is_error_page or answer.location == f"/products/{shop.product.slug}"
    assert shop.changed(before) == set()


@each_field
def test_a_file_is_no_text(shop: Shop, name: str, field: str) -> None:
    form = filled(shop, name)
    before = shop.rows()
    del form.fields[field]
    head = f'--edge\r\nContent-Disposition: form-data; name="{field}"; filename="a"\r\n\r\nx\r\n'
    body = head.encode() + ENCODINGS[MULTIPART](form.fields)

    answer = shop.visitor.ask("POST", form.action, body, CONTENT_TYPE=MULTIPART)

    assert answer.is_error_page or answer.location == f"/products/{shop.product.slug}"
    assert shop.changed(before) == set()


def test_one_form_with_two_tokens_is_one_order(shop: Shop) -> None:
    form = filled(shop, "checkout")
    before = len(shop.rows()["Order"])
    twice = b"checkout_token=%b&%b" % (str(uuid.uuid4()).encode(), urlencoded(form.fields))

    answers = [shop.visitor.ask("POST", form.action, twice, CONTENT_TYPE=FORM) for _ in range(2)]

    assert answers[0].location == answers[1].location
    assert len(shop.rows()["Order"]) == before + 1


def test_a_secret_of_another_visitor_is_refused(shop: Shop) -> None:
    form, other = filled(shop, "checkout"), Shop().visitor
    before = shop.rows()
    secret = other.get("/orders/find").hidden()[SECRET]

    assert shop.visitor.post(form.action, form.fields | {SECRET: secret}).status == 403
    assert shop.changed(before) == set()
