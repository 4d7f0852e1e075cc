"""A web process that is told to stop sends everything that was answered."""

import socket
import time
from collections.abc import Callable

from tests.lifecycle.place import Place
from tests.lifecycle.programs import InBackground, Site
from tests.lifecycle.work import VISITS
from webstore.telemetry import contract

StartSite = Callable[..., Site]
WHOLE = {"GET /whole", "visit", "settle", "late", "body"}


def test_all_of_answered_requests_arrives(place: Place, start_site: StartSite) -> None:
    site = start_site()
    answered = site.gets("/whole", times=6)

    site.stop()

    assert place.missing(answered) == {}
    assert [place.names(trace_id) for trace_id in answered] == [WHOLE] * 6
    assert place.sink.total(VISITS) == place.visits
    assert place.sink.dots
    assert place.sink.dead_dots() == set()


def test_what_ends_after_the_answer_arrives(place: Place, start_site: StartSite) -> None:
    site = start_site()
    answered = site.gets("/whole?late=1.5", times=2)

    site.stop()

    assert place.missing(answered) == {}
    assert place.sink.total(VISITS) == place.visits


def test_answers_under_way_are_finished(place: Place, start_site: StartSite) -> None:
    site = start_site()
    with InBackground(lambda: site.get("/whole?pause=0.5")) as streaming:
        time.sleep(0.3)
        site.stop()

    assert place.missing(streaming.answers) == {}
    assert place.sink.total(VISITS) == place.visits


def test_at_ratio_0_two_local_roots_are_kept_and_the_rest_counted(
    place: Place, start_site: StartSite
) -> None:
    site = start_site(WEBSTORE_TRACE_RATIO="0", WEBSTORE_EXEMPLAR_TRACES_PER_SECOND="0")
    stored, plain = site.gets("/whole", times=3), site.gets("/plain", times=5)

    site.stop()

    assert place.missing(stored) == {}
    assert sorted(place.missing(plain)) == sorted(plain)
    # A request that stored its context, and what came back from the store.
    assert place.sink.total(contract.TRACES.name, reason=contract.CROSSING) == 3 + 3
    assert place.sink.total(contract.TRACES.name, reason=contract.DROPPED) == 5


def test_idle_connection_uses_up_no_time_of_the_last_flush(place: Place, start_site: StartSite) -> None:
    site = start_site("--workers", "1", WEB_GRACEFUL_SECONDS="2")
    answered = site.gets("/whole", times=3)
    with socket.create_connection(site.bound) as idle:
        idle.sendall(b"GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        site.stop()

    assert place.missing(answered) == {}
    assert place.sink.total(VISITS) == place.visits


def test_request_longer_than_the_patience_costs_itself_alone(place: Place, start_site: StartSite) -> None:
    site = start_site("--workers", "1", WEB_GRACEFUL_SECONDS="3")
    answered = site.gets("/whole", times=3)
    with InBackground(lambda: site.get("/plain?seconds=30")) as endless:
        time.sleep(0.3)
        seconds = site.stop()

    assert endless.answers == [""]
    assert seconds < 5
    assert place.missing(answered) == {}
    # The request was measured, and what had ended of it arrived; its own span was still open.
    assert place.sink.total(VISITS) == place.visits
    assert place.sink.dead_dots() == set()
