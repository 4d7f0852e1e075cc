"""What a web worker sends that the arbiter gives up, and what one leaves that is killed."""

import time
from collections.abc import Callable

from tests.e2e.evidence import eventually
from tests.lifecycle.place import Place
from tests.lifecycle.programs import InBackground, Site
from tests.lifecycle.work import VISITS
from webstore.telemetry import contract

StartSite = Callable[..., Site]
ONE = ("--workers", "1")


def test_timeout_sends_the_hanging_request_too(place: Place, start_site: StartSite) -> None:
    """A sync worker runs requests in its main thread: the arbiter's SIGABRT ends the request."""
    site = start_site(*ONE, "--worker-class", "sync", "--threads", "1", "--timeout", "2")
    answered = site.gets("/whole", times=3)

    assert site.get("/hang") == ""

    assert eventually(lambda: place.sink.total(VISITS) == place.visits, seconds=5)
    assert place.missing(answered) == {}
    assert_hanging_request_is_whole(place)


def test_timeout_of_a_worker_with_threads_sends_their_requests(place: Place, start_site: StartSite) -> None:
    """With threads the arbiter looks at the main thread only; the requests die with it."""
    site = start_site(*ONE, "--timeout", "2")
    answered = site.gets("/whole", times=3)

    assert site.get("/block") == ""

    assert eventually(lambda: place.sink.total(VISITS) == place.visits, seconds=5)
    assert place.missing(answered) == {}
    assert_hanging_request_is_whole(place)


def test_timeout_at_ratio_0_keeps_the_hanging_request(place: Place, start_site: StartSite) -> None:
    environment = {"WEBSTORE_TRACE_RATIO": "0", "WEBSTORE_EXEMPLAR_TRACES_PER_SECOND": "0"}
    site = start_site(*ONE, "--timeout", "2", **environment)

    assert site.get("/block") == ""

    assert eventually(lambda: place.sink.total(contract.TRACES.name) == 1, seconds=5)
    assert_hanging_request_is_whole(place)


def test_killed_worker_had_sent_all_but_the_last_second(place: Place, start_site: StartSite) -> None:
    site = start_site(*ONE, OTEL_BSP_SCHEDULE_DELAY="1000", OTEL_METRIC_EXPORT_INTERVAL="1000")
    answered = site.gets("/whole", times=3)
    with InBackground(lambda: site.get("/hang")):
        time.sleep(2.2)
        site.kill_children()

    assert place.missing(answered) == {}
    assert place.sink.total(VISITS) == place.visits
    # Of the request under way the spans are there that had ended.
    assert "visit" in {span.name for span in place.sink.spans if span.trace_id not in answered}
    assert place.sink.dead_dots() == set()
    # Its successor takes the slot, and begins to count anew.
    assert eventually(lambda: len(site.children) == 1)
    site.get("/whole")
    site.stop()
    assert {point.instance for point in place.sink.points(VISITS)} == {"web/0"}
    assert place.sink.total(VISITS) == place.visits


def assert_hanging_request_is_whole(place: Place) -> None:
    [trace_id] = {span.trace_id for span in place.sink.spans if span.name == "hanging"}
    # The server span gets its route only with an answer.
    assert {name.split()[0] for name in place.cut(trace_id)} == {"GET", "hanging"}
    assert place.missing([trace_id]) == {}
    assert place.sink.total(contract.TRACES.name, reason=contract.UNFINISHED) == 1
    assert place.sink.dead_dots() == set()
