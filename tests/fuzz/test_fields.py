"""Any text in any field of any form: a clear answer, and nothing changed but what the form is for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.forms import FIELDS, FORMS, SECRET, filled
from tests.fuzz.nasty import FUZZ, texts
from tests.fuzz.shop import Shop
from tests.fuzz.visitor import ENCODINGS, Answer

each_field = pytest.mark.parametrize(("name", "field"), FIELDS)
each_form = pytest.mark.parametrize("name", FORMS)
encodings = st.sampled_from(sorted(ENCODINGS))


def _is_refusal(answer: Answer) -> bool:
    """Return whether it is a page that says what is wrong; else it must lead on."""
    if answer.status == 302:
        assert answer.location.startswith("/")
        return False
    assert answer.status in {200, 400, 403, 404, 409, 422}
    assert answer.is_error_page, answer.text
    return True


@each_field
@FUZZ
@given(text=texts, encoding=encodings)
def test_any_text_is_taken_or_refused(shop: Shop, name: str, field: str, text: str, encoding: str) -> None:
    form = filled(shop, name)
    before = shop.rows()

    answer = shop.visitor.post(form.action, form.fields | {field: text}, encoding)

    assert shop.changed(before) <= (set() if _is_refusal(answer) else FORMS[name].changes)
    assert shop.holds_together()


@each_form
@FUZZ
@given(text=texts, encoding=encodings)
def test_a_made_up_secret_is_refused(shop: Shop, name: str, text: str, encoding: str) -> None:
    form = filled(shop, name)
    before = shop.rows()

    answer = shop.visitor.post(form.action, form.fields | {SECRET: text}, encoding)

    assert (answer.status, answer.is_error_page) == (403, True)
    assert shop.changed(before) == set()


@each_form
@FUZZ
@given(names=st.lists(texts, min_size=1, max_size=5), text=texts, encoding=encodings)
def test_fields_that_are_not_there_mean_nothing(
    shop: Shop, name: str, names: list[str], text: str, encoding: str
) -> None:
    form = filled(shop, name)
    before = shop.rows()

    answer = shop.visitor.post(form.action, dict.fromkeys(names, text) | form.fields, encoding)

    assert answer.status in {200, 302} or _is_refusal(answer)
    assert shop.changed(before) <= FORMS[name].changes
    assert shop.holds_together()
