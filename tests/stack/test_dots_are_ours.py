"""No back end adds dots of its own: nobody stores the traces they would open."""

import time

from tests.e2e.evidence import eventually
from tests.stack import asking
from tests.stack.judging import read_side
from tests.stack.running import Stack


def test_only_the_shop_has_dots(stack: Stack) -> None:
    # All of them were scraped twice at least.
    assert eventually(lambda: len(asking.now(stack, "count_over_time(up[1m]) >= 2")) >= 3, seconds=60)

    with read_side(stack) as asked:
        dots = asked.exemplars('{job!=""}', start=time.time() - 3_600, end=time.time())

    assert {dot.series["job"].partition("/")[0] for dot in dots} == {"webstore"}
