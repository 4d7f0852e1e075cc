"""Text in any encoding but UTF-8 is refused before anybody tries to read it."""

import encodings
import pkgutil

import pytest
from hypothesis import given

from tests.fuzz.forms import filled
from tests.fuzz.nasty import FUZZ, header_texts
from tests.fuzz.shop import Shop
from tests.fuzz.visitor import ENCODINGS, FORM, Answer

SPELLINGS = ("utf-8", "UTF-8", '"utf-8"', "utf8", "UTF8", '"utf8"', "utf_8", " utf8 ")
OTHERS = {module.name for module in pkgutil.iter_modules(encodings.__path__)} - {"utf_8"}


def _is_refused(answer: Answer) -> bool:
    return (answer.status, answer.text) == (415, "WebStore reads text in UTF-8 only.\n")


def _ask(shop: Shop, target: str, body: bytes, content_type: str) -> Answer:
    return shop.visitor.ask("POST" if body else "GET", target, body, CONTENT_TYPE=content_type)


@pytest.mark.parametrize("content_type", ENCODINGS)
def test_other_encodings_are_refused(shop: Shop, content_type: str) -> None:
    form = filled(shop, "find")
    body = ENCODINGS[content_type](form.fields)
    before = shop.rows()

    read = [
        charset
        for charset in (*sorted(OTHERS), "no-such-codec", "x" * 300, '"a b"')
        if not _is_refused(_ask(shop, form.action, body, f"{content_type}; charset={charset}"))
    ]

    assert read == []
    assert shop.changed(before) == set()


def test_queries_in_other_encodings_are_refused(shop: Shop) -> None:
    target, kind = "/cart?slug=%ed%a0%80", "text/plain; charset="

    assert [charset for charset in OTHERS if not _is_refused(_ask(shop, target, b"", kind + charset))] == []


@pytest.mark.parametrize("charset", SPELLINGS)
@pytest.mark.parametrize("content_type", ENCODINGS)
def test_utf_8_is_read(shop: Shop, content_type: str, charset: str) -> None:
    form = filled(shop, "add")

    body = ENCODINGS[content_type](form.fields)
    answer = _ask(shop, form.action, body, f"{content_type}; charset={charset}")

    assert answer.location == "/cart"


@pytest.mark.parametrize("parameter", ["a*=nonsense''x", "a*=idna''%ff", "charset"])
def test_broken_parameters_are_refused(shop: Shop, parameter: str) -> None:
    assert _is_refused(shop.visitor.get("/cart", CONTENT_TYPE=f"{FORM}; {parameter}"))


@FUZZ
@given(parameters=header_texts)
def test_any_parameters_are_answered(shop: Shop, parameters: str) -> None:
    answer = shop.visitor.get("/cart?slug=%ff", CONTENT_TYPE=f"{FORM}; {parameters}")

    assert answer.status == 200 or _is_refused(answer)
