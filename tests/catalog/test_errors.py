"""Pages for what went wrong: kind words, a way on, no details of ours."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from webstore import errors


def page_after(error: Exception, request: HttpRequest) -> tuple[int, str, dict[str, str]]:
    """Return status, text and headers of what Django answers while it handles the error."""
    try:
        raise error
    except Exception:  # noqa: BLE001
        response = errors.server_error(request)
    return response.status_code, response.content.decode(), dict(response.headers)


def test_a_broken_view_says_nothing_was_charged(rf: RequestFactory) -> None:
    status, page, _ = page_after(RuntimeError("secret words"), rf.get("/"))

    assert status == 500
    assert "You were not charged by this page." in page
    assert "secret words" not in page


def test_a_database_that_is_away_means_later(rf: RequestFactory) -> None:
    status, page, headers = page_after(OperationalError("locked"), rf.get("/"))

    assert (status, headers["Retry-After"]) == (503, "30")
    assert "Back in a moment" in page
    assert "locked" not in page


@pytest.mark.django_db
def test_neither_needs_the_database(
    rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        _, broken, _ = page_after(RuntimeError(), rf.get("/"))
        _, away, _ = page_after(OperationalError(), rf.get("/"))

    assert broken.count('rel="stylesheet"') == away.count('rel="stylesheet"') == 1


@pytest.mark.django_db
def test_a_form_that_was_open_too_long_can_be_sent_again() -> None:
    response = Client(enforce_csrf_checks=True).post("/cart/add", {"slug": "rubber-plant", "quantity": 1})

    assert response.status_code == 403
    assert b"Go back and try again: your entries are kept." in response.content


@pytest.mark.django_db
def test_a_form_in_another_alphabet_is_the_senders_mistake() -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get("/orders/find")
    token = client.cookies["csrftoken"].value
    form = "application/x-www-form-urlencoded; charset=utf-7"

    response = client.post("/cart/add", b"a=b", content_type=form, headers={"X-CSRFToken": token})

    assert response.status_code == 400
    assert b"Nothing was ordered or charged." in response.content
