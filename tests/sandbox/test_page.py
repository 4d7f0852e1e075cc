"""The ledger as people see it."""

import re

import requests

from tests.sandbox.provider import Provider, wanted


def page(provider: Provider, query: str = "") -> str:
    return re.sub(r"\s+", " ", requests.get(f"{provider.url}/{query}", timeout=10).text)


def test_empty_ledger_says_how_to_fill_it(provider: Provider) -> None:
    assert "Nothing was charged yet. Buy something in the shop" in page(provider)


def test_page_shows_each_request_and_the_totals(provider: Provider) -> None:
    for token in ("tok_approve", "tok_decline", "tok_fail"):
        provider.charge(token, wanted(source=token, amount=123_456))
    provider.charge("tok_approve", wanted(amount=123_456))

    shown = page(provider)

    badges = re.findall(r'data-label="Result"><span class="badge badge-(\w+)">([^<]*)<', shown)
    assert badges == [("error", "! Failed, not charged"), ("warn", "○ Declined"), ("ok", "● Charged")]
    assert re.findall(r'data-label="Asked" class="times">([^<]*)<', shown) == ["1×", "1×", "2×, 1 replayed"]
    assert '<dt>Charged</dt> <dd class="money"> $1,234.56 </dd>' in shown


def test_page_shows_the_id_of_each_charge_and_refund(provider: Provider) -> None:
    charge = provider.charge("k").json()["id"]
    refund = provider.refund("r", charge).json()["id"]
    provider.charge("f", wanted(source="tok_fail"))

    requests_alone, _, _ = page(provider).partition('id="events"')
    cells = re.findall(r'data-label="Reference">(.*?)</td>', requests_alone)
    assert [re.findall(r"(?:ch|re)_\w+", cell) for cell in cells] == [[], [refund], [charge]]


def test_page_explains_every_card(shared_provider: Provider) -> None:
    shown = page(shared_provider)

    for token in ("tok_approve", "tok_decline", "tok_slow", "tok_timeout", "tok_fail"):
        assert f'<span class="code">{token}</span>' in shown


def test_reference_cannot_smuggle_markup(shared_provider: Provider) -> None:
    shared_provider.charge("markup", wanted(reference="<script>alert(1)</script>"))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page(shared_provider)


def test_older_requests_are_a_link_away(provider: Provider) -> None:
    for number in range(51):
        provider.charge(f"k{number}", wanted(source="tok_fail", reference=f"R{number}"))

    [older] = re.findall(r'href="(\?before=\d+)"', page(provider))

    assert re.findall(r'class="code">(R\d+)<', page(provider)) == [f"R{n}" for n in range(50, 0, -1)]
    assert re.findall(r'class="code">(R\d+)<', page(provider, older)) == ["R0"]


def test_nonsense_in_the_address_is_the_first_page(shared_provider: Provider) -> None:
    for query in ("?before=", "?before=x", "?before=-1", "?before=²", f"?before={'9' * 40}"):
        assert requests.get(f"{shared_provider.url}/{query}", timeout=10).status_code == 200


def test_page_is_strict_about_what_it_loads(shared_provider: Provider) -> None:
    answer = requests.get(shared_provider.url, timeout=10)

    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.text
    assert "<script" not in answer.text.replace("&lt;script", "")
    for sheet in re.findall(r'rel="stylesheet" href="([^"]+)"', answer.text):
        assert requests.get(shared_provider.url + sheet, timeout=10).status_code == 200


def test_healthz_answers(shared_provider: Provider) -> None:
    assert requests.get(f"{shared_provider.url}/healthz", timeout=10).text == "ok"
