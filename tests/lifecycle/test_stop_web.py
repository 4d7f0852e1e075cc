"""A web process that is told to stop sends everything that was answered."""

from collections.abc import Callable

from tests.lifecycle.programs import Place, Site
from tests.lifecycle.work import VISITS

StartSite = Callable[..., Site]


def test_all_of_answered_requests_arrives(place: Place, start_site: StartSite) -> None:
    site = start_site()
    answered = site.gets("/whole", times=6)

    site.stop()

    assert place.missing(answered) == {}
    assert place.sink.total(VISITS) == 6 * 5
    assert place.sink.dots
    assert place.sink.dead_dots() == set()


def test_what_ends_after_the_answer_arrives(place: Place, start_site: StartSite) -> None:
    site = start_site()
    answered = site.gets("/whole?late=1.5", times=2)

    site.stop()

    assert place.missing(answered) == {}
    assert place.sink.total(VISITS) == 2 * 5
