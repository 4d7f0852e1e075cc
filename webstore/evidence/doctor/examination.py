"""The hops, in the order of the path, each in turn and all within a time."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from webstore.evidence.asking import ReadSideError
from webstore.evidence.doctor import (
    buckets,
    checkout,
    clock,
    collector,
    exemplar,
    exporter,
    grafana,
    process,
    prometheus,
    retention,
    trace,
)
from webstore.evidence.doctor.verdict import Diagnosis, Hop, Verdict
from webstore.evidence.doctor.visit import Visit

Examine = Callable[[Visit], Iterator[Verdict]]

HOPS: tuple[tuple[Hop, Examine], ...] = tuple(
    (module.HOP, module.examine)
    for module in (
        clock,
        process,
        buckets,
        exporter,
        collector,
        prometheus,
        exemplar,
        trace,
        checkout,
        grafana,
        retention,
    )
)
# For what no time limit of a socket covers, such as looking a name up.
_PATIENCE_SECONDS = 2.0

logger = logging.getLogger(__name__)


def diagnose(visit: Visit, hops: Sequence[tuple[Hop, Examine]] = HOPS) -> Diagnosis:
    """Look at every hop; what is not looked at when the time is over is unseen."""
    verdicts: list[Verdict] = []
    done: list[Hop] = []

    def run() -> None:
        with visit.asker:
            for hop, examine in hops:
                if visit.is_over:
                    return
                # One by one: what is yielded before a later question fails, or hangs, stands.
                verdicts.extend(_examined(hop, examine, visit))
                done.append(hop)

    thread = threading.Thread(target=run, name="doctor", daemon=True)
    thread.start()
    thread.join(max(0.0, visit.end_at - time.monotonic()) + _PATIENCE_SECONDS)
    left = [hop.unseen("No time was left for it.") for hop, _ in hops[len(done) :]]
    return Diagnosis([*verdicts, *left])


def _examined(hop: Hop, examine: Examine, visit: Visit) -> Iterator[Verdict]:
    try:
        yield from examine(visit)
    except ReadSideError as reason:
        yield hop.unseen(f"{reason}.")
    except Exception:
        # Somebody's answer that nobody thought of: the other hops may still say what is wrong.
        logger.exception("the hop %s could not be looked at", hop.name)
        yield hop.unseen("It answered in a way nobody thought of; the log says how.")
