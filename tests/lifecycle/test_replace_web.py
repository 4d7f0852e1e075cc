"""Web workers that are replaced under load, on HUP or after so many requests, lose nothing."""

import signal
import time
from collections.abc import Callable

from tests.e2e.evidence import eventually
from tests.lifecycle.place import Place
from tests.lifecycle.programs import InBackground, Site
from tests.lifecycle.work import VISITS
from webstore.telemetry import contract

StartSite = Callable[..., Site]


def test_hup_under_load_loses_nothing(place: Place, start_site: StartSite) -> None:
    site = start_site(WEBSTORE_EXEMPLAR_TRACES_PER_SECOND="50")
    before = set(site.children)
    with InBackground(lambda: site.get("/whole?late=0.2"), threads=3, is_repeated=True) as load:
        for _ in range(2):
            time.sleep(0.7)
            site.send(signal.SIGHUP)
        assert eventually(lambda: not before & set(site.children))
    site.stop()

    assert_nothing_is_lost(place, load)


def test_hup_at_ratio_a_tenth_loses_nothing_that_is_kept(place: Place, start_site: StartSite) -> None:
    site = start_site(WEBSTORE_TRACE_RATIO="0.1")
    with InBackground(lambda: site.get("/plain"), threads=3, is_repeated=True) as load:
        time.sleep(0.7)
        site.send(signal.SIGHUP)
        time.sleep(0.7)
    site.stop()

    handled, kept = len(place.produced()), {span.trace_id for span in place.sink.spans}
    assert place.missing(sorted(kept)) == {}
    assert place.sink.total(contract.TRACES.name) == handled >= len(load.answered)
    assert place.sink.total(contract.TRACES.name, reason=contract.DROPPED) == len(place.produced()) - len(
        kept
    )
    assert place.sink.total(VISITS) == place.visits
    assert place.sink.dead_dots() == set()


def test_recycling_after_a_few_requests_loses_nothing(place: Place, start_site: StartSite) -> None:
    site = start_site("--max-requests", "5")
    with InBackground(lambda: site.get("/whole"), threads=2, is_repeated=True) as load:
        time.sleep(2.5)
    site.stop()

    assert_nothing_is_lost(place, load)
    # Each process began its series anew, in one of few slots.
    visits = place.sink.points(VISITS)
    assert len(visits) > 3
    assert {point.instance for point in visits} <= {f"web/{slot}" for slot in range(4)}


def assert_nothing_is_lost(place: Place, load: InBackground) -> None:
    assert load.answered
    assert place.missing(load.answered) == {}
    # Every handled request counts, also one whose answer broke off.
    assert place.sink.total(VISITS) == place.visits
    assert place.sink.dots
    assert place.sink.dead_dots() == set()
