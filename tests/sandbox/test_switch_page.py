"""The page of switches, as a person's browser uses it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from payments.sandbox.switch_page import is_near
from tests.sandbox.provider import Provider, wanted
from tests.sandbox.shop import running_shop

LOSE_NEXT = {"fault": "lose_answer", "often": "next", "events": "never"}


class Browser:
    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.session = requests.Session()

    def get(self, path: str = "switches") -> str:
        return _plain(self.session.get(f"{self.provider.url}/{path}", timeout=10).text)

    def send(self, fields: dict[str, str], *, to: str = "switches", **headers: str) -> requests.Response:
        """Send a form as the page has it, with its token."""
        [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get()) or [""]
        sent = {**fields, "csrfmiddlewaretoken": token}
        return self.session.post(f"{self.provider.url}/{to}", data=sent, headers=headers, timeout=10)


@pytest.fixture
def browser(shared_provider: Provider) -> Iterator[Browser]:
    yield Browser(shared_provider)
    shared_provider.mend()


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", html)


def _checked(page: str) -> list[str]:
    return re.findall(r'value="(\w+)" checked', page)


def _state(browser: Browser) -> dict[str, Any]:
    state: dict[str, Any] = browser.provider.get("/v1/control").json()
    return state


def test_everything_is_as_it_should_be_at_first(browser: Browser) -> None:
    page = browser.get()

    assert "<strong>Nothing is broken.</strong>" in page
    assert _checked(page) == ["none", "every", "usual"]


def test_what_is_chosen_is_set_and_shown(browser: Browser) -> None:
    answer = browser.send(LOSE_NEXT)

    assert (answer.status_code, answer.history[0].status_code) == (200, 302)
    assert "<strong>Broken on purpose: Loses the answer.</strong>" in _plain(answer.text)
    assert _checked(_plain(answer.text)) == ["lose_answer", "next", "never"]
    state = _state(browser)
    assert (state["fault"], state["count"], state["webhooks"]["send"]) == ("lose_answer", 1, False)


def test_one_button_mends_everything(browser: Browser) -> None:
    browser.send(LOSE_NEXT)

    answer = browser.send({}, to="switches/mend")

    assert "<strong>Nothing is broken.</strong>" in _plain(answer.text)
    assert (_state(browser)["fault"], _state(browser)["webhooks"]["send"]) == ("none", True)


def test_ledger_says_what_is_broken(browser: Browser) -> None:
    assert "Broken on purpose" not in browser.get("")

    browser.provider.put(fault="hang", seconds=7, share=0.25)

    assert (
        "Broken on purpose: Hangs.</strong> Charges at once, then says nothing for 7 seconds."
        in browser.get("")
    )
    assert "It strikes 25% of the requests; 0 so far." in browser.get("")


def test_a_fault_that_is_over_breaks_nothing_any_more(browser: Browser) -> None:
    browser.send(LOSE_NEXT)
    with pytest.raises(requests.ConnectionError):
        browser.provider.charge("page", wanted(reference="PAGE"))

    assert "Nothing is broken any more.</strong> “Loses the answer” struck 1 request" in browser.get()


@pytest.mark.parametrize(
    "wrong", [{}, {**LOSE_NEXT, "fault": "fire"}, {**LOSE_NEXT, "often": ""}, {**LOSE_NEXT, "events": "\0"}]
)
def test_a_wrong_choice_changes_nothing(browser: Browser, wrong: dict[str, str]) -> None:
    answer = browser.send(wrong)

    assert answer.status_code == 400
    assert "<title> Error: Switches" in _plain(answer.text)
    assert _state(browser)["fault"] == "none"


@pytest.mark.parametrize("path", ["switches", "switches/mend"])
def test_a_form_of_another_site_changes_nothing(browser: Browser, path: str) -> None:
    browser.provider.put(fault="decline")
    stranger = requests.post(f"{browser.provider.url}/{path}", data=LOSE_NEXT, timeout=10)
    foreign = browser.send(LOSE_NEXT, to=path, Origin="http://127.0.0.1:1")

    assert (stranger.status_code, foreign.status_code) == (403, 403)
    assert "This page was open too long." in stranger.text
    assert _state(browser)["fault"] == "decline"


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("::1", True), ("10.0.0.7", False), ("0.0.0.0", False), ("", False)],  # noqa: S104
)
def test_only_a_browser_on_this_machine_is_near(address: str, expected: bool) -> None:
    assert is_near(address) is expected


def test_page_cannot_be_framed_and_its_cookie_stays_here(browser: Browser) -> None:
    answer = browser.session.get(f"{browser.provider.url}/switches", timeout=10)

    assert answer.headers["X-Frame-Options"] == "DENY"
    for rule in ("default-src 'self'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.text
    assert "<script" not in answer.text
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("practice_provider_csrf=")
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie


def test_ledger_shows_how_far_events_have_come(provider: Provider) -> None:
    with running_shop() as shop:
        provider.stop()
        provider.environment |= shop.environment
        provider.start()
        provider.put(webhooks={"send": False})
        provider.charge("k")

        page = Browser(provider).get("")

    assert '<span class="code">charge.succeeded</span>' in page
    assert '<span class="badge badge-info">◌ To be told</span>' in page
    assert "Broken on purpose: events.</strong> Events are not told until that is changed." in page


def test_ledger_shows_what_was_charged_without_the_shop_hearing_it(provider: Provider) -> None:
    provider.put(fault="error_after", status=502)
    provider.charge("k")

    page = Browser(provider).get("")

    assert '<span class="badge badge-warn">! Charged, answered 502</span>' in page
    assert '<span class="badge badge-info">○ Nobody to tell</span>' in page
