"""Anything else of a request that a stranger chooses: method, path, query, headers, cookies, body."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.forms import FORMS, filled
from tests.fuzz.nasty import FUZZ, header_texts, methods, texts
from tests.fuzz.shop import Shop
from tests.fuzz.visitor import FORM, MULTIPART, Answer, quoted, urlencoded

PAGES = ("/", "/products", "/products/{slug}", "/cart", "/checkout", "/orders/{token}", "/orders/find")
DOORS = (*PAGES, "/orders/{token}/pay", "/orders/{token}/cancel", "/cart/add", "/cart/change", "/cart/remove")
REFUSALS = {400, 403, 404, 405, 409, 415, 422}

headers = st.sampled_from(
    [
        *("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_AUTHORIZATION", "HTTP_COOKIE"),
        *("HTTP_HOST", "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_RANGE", "HTTP_USER_AGENT", "HTTP_X_CSRFTOKEN"),
        *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_TRACEPARENT"),
        *("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_EXPECT"),
        *("HTTP_HX_REQUEST", "HTTP_HX_CURRENT_URL", "HTTP_HX_TRIGGER", "HTTP_HX_PROMPT", "HTTP_HX_TARGET"),
        *("CONTENT_TYPE", "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING"),
    ]
)
parameters = st.dictionaries(
    st.sampled_from(["q", "category", "sort", "page", "after", "slug", "quantity", "seen", "%00", "a[]"]),
    texts,
    max_size=4,
)


def _is_answered(answer: Answer) -> bool:
    return answer.status in {200, 204, 206, 301, 302, 304} or answer.status in REFUSALS


@pytest.mark.parametrize("page", PAGES)
@FUZZ
@given(query=parameters)
def test_any_query_is_answered(shop: Shop, page: str, query: dict[str, str]) -> None:
    before = shop.rows()

    answer = shop.visitor.get(f"{page.format(**shop.places)}?{urlencoded(query).decode()}")

    assert _is_answered(answer)
    assert shop.changed(before) == set()


@FUZZ
@given(door=st.sampled_from(DOORS), method=methods, body=texts)
def test_any_method_is_answered(shop: Shop, door: str, method: str, body: str) -> None:
    before = shop.rows()

    answer = shop.visitor.ask(method, door.format(**shop.places), quoted(body).encode(), CONTENT_TYPE=FORM)

    assert _is_answered(answer)
    assert shop.changed(before) == set()


@FUZZ
@given(folder=st.sampled_from(["/", "/products/", "/orders/", "/static/", "/admin/", "/cart/"]), name=texts)
def test_any_path_is_answered(shop: Shop, folder: str, name: str) -> None:
    before = shop.rows()

    answer = shop.visitor.get(folder + quoted(name))

    assert _is_answered(answer)
    assert shop.changed(before) == set()


@pytest.mark.parametrize("name", FORMS)
@FUZZ
@given(sent=st.dictionaries(headers, header_texts, min_size=1, max_size=4))
def test_any_headers_around_a_form_are_answered(shop: Shop, name: str, sent: dict[str, str]) -> None:
    form = filled(shop, name)
    before = shop.rows()

    answer = shop.visitor.ask("POST", form.action, urlencoded(form.fields), **{"CONTENT_TYPE": FORM, **sent})

    assert _is_answered(answer)
    assert shop.changed(before) <= (FORMS[name].changes if answer.status == 302 else set())


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "messages"])
@example(door="/cart", method="GET", value='"abcdefgh\\000i"')
@example(door="/checkout", method="POST", value='"abcdefgh\\000i"')
@example(door="/cart", method="GET", value='"abcdefgh\\355\\240\\200"')
@example(door="/cart", method="GET", value="a" * 9_000)
@FUZZ
@given(door=st.sampled_from(DOORS), method=st.sampled_from(["GET", "POST"]), value=header_texts)
def test_any_cookie_is_answered(shop: Shop, cookie: str, door: str, method: str, value: str) -> None:
    before = shop.rows()

    answer = shop.visitor.ask(method, door.format(**shop.places), HTTP_COOKIE=f"{cookie}={value}")

    assert _is_answered(answer)
    assert shop.changed(before) == set()


@pytest.mark.parametrize("name", FORMS)
@FUZZ
@given(body=st.binary(max_size=200), content_type=st.sampled_from([FORM, MULTIPART, "application/json", ""]))
def test_any_bytes_are_refused(shop: Shop, name: str, body: bytes, content_type: str) -> None:
    form = filled(shop, name)
    before = shop.rows()

    answer = shop.visitor.ask("POST", form.action, body, CONTENT_TYPE=content_type)

    assert answer.status in REFUSALS
    assert shop.changed(before) == set()
