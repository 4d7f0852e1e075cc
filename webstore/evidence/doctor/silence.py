"""A program that is not heard: is it not there, or does it speak at another hour?"""

import time
from collections.abc import Iterator, Mapping, Sequence

from webstore.evidence.asking import ReadSideError
from webstore.evidence.doctor.clock import WRONG_SECONDS, apart_in_words
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit, names
from webstore.telemetry import contract

_FAILED = "otelcol_exporter_send_failed_metric_points"


def last_told(visit: Visit) -> Mapping[str, float]:
    """Return when each program told of itself last by its own clock, also an hour ago or ahead of ours."""
    if not visit.store.is_prometheus:
        return {}
    [name, suffixed] = names(contract.TELEMETRY_INFO)
    # Of anything but a bare name, `timestamp` is the moment of asking.
    info = f"(timestamp({name}) or timestamp({suffixed}))[2h:15s] offset -15m"
    found = visit.read_side.query(f"max by (job) (max_over_time({info}))")
    return {sample.labels.get("job", "").rpartition("/")[2]: sample.value for sample in found}


def explained(
    hop: Hop, visit: Visit, missing: Sequence[str], before: Mapping[str, float]
) -> Iterator[Verdict]:
    """Return why each program is missing; `before` is what `last_told` said some seconds ago."""
    now, after = time.time(), last_told(visit)
    for program in missing:
        # One that has stopped says nothing new.
        apart = after[program] - now if after.get(program, 0) > before.get(program, 0) else 0.0
        if abs(apart) > WRONG_SECONDS:
            yield hop.wrong(
                f"{program} speaks by a clock that is {apart_in_words(apart)}: panels and alerts see nothing"
                " of it.",
                setting=f"the clock of {program} (NTP)",
                remedy="Set it by NTP, then start the program again.",
            )
        elif _is_refused(visit):
            yield hop.wrong(
                f"Nothing comes from {program}, and metrics that the Collector hands on are refused.",
                setting=f"the clock of {program} (NTP)",
                remedy="Compare it with Prometheus' clock; the Collector's log and Prometheus' tell more.",
            )
        else:
            yield hop.wrong(
                f"Nothing comes from {program}.",
                setting=f"OTEL_EXPORTER_OTLP_ENDPOINT of {program}",
                remedy="See that it runs, that its clock is right, and that it is given the sink's address.",
            )


def _is_refused(visit: Visit) -> bool:
    """Return whether somebody's metrics are refused while ours are taken."""
    before = visit.collector_before
    if isinstance(before, ReadSideError) or not visit.places.collector_metrics_url or not visit.stored_name:
        return False
    return visit.collector_numbers().get(_FAILED, 0) > before.get(_FAILED, 0)
