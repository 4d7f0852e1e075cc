"""The programs: do they tell of themselves, and is their telemetry built as it must be?"""

import time
from collections.abc import Iterator, Mapping, Sequence

from webstore.evidence.client import Sample
from webstore.evidence.doctor.clock import WRONG_SECONDS, apart_in_words
from webstore.evidence.doctor.silence import explained, last_told
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit, names
from webstore.evidence.plain import plain
from webstore.telemetry import contract

HOP = Hop("process")
PROGRAMS = (contract.WEB, contract.WORKER, contract.BEAT)
# Fewer may lie in traces that ended before they could be chosen.
_ENOUGH = 20
_MOST_NAMED = 4
_SHARE = 0.01


def examine(visit: Visit) -> Iterator[Verdict]:
    _ = visit.sent
    before = last_told(visit)
    # What has just been started tells of itself at its first export.
    told = visit.eventually(lambda: _whole(visit)) or visit.samples(contract.TELEMETRY_INFO)
    if not told:
        yield _nobody(visit)
        return
    yield from explained(HOP, visit, _absent(told), before)
    yield _built(told)
    yield from _ahead(visit)
    yield from _shared_names(visit)
    yield from _chosen(visit)


def _whole(visit: Visit) -> list[Sample]:
    """Return what processes tell of themselves once every program does, [] until then."""
    told = visit.samples(contract.TELEMETRY_INFO)
    return [] if _absent(told) else told


def _absent(told: Sequence[Sample]) -> list[str]:
    here = {_program(sample.labels) for sample in told}
    return [name for name in PROGRAMS if name not in here]


def _nobody(visit: Visit) -> Verdict:
    said = f"No process tells of itself ({contract.TELEMETRY_INFO.name})"
    if visit.exemplar is None and not visit.stored_name:
        # Nor did our own measurement arrive: what loses it is told further on.
        return HOP.wrong(f"{said}.")
    return HOP.wrong(
        f"{said}, though the way is open.",
        setting="OTEL_EXPORTER_OTLP_ENDPOINT of web, worker and beat",
        remedy="Start them with the address that this doctor was given, and look at their clocks.",
    )


def _built(told: Sequence[Sample]) -> Verdict:
    early = sorted(
        {
            # After a fork the SDK invents an instance id.
            _program(sample.labels)
            for sample in told
            if sample.labels.get(contract.BUILT_AFTER_FORK) == "false"
        }
    )
    if early:
        return HOP.wrong(
            f"Telemetry was built before the fork in {_list(early)}: it repeats its parent's numbers,"
            " and its spans never leave.",
            setting="lifecycle.start (gunicorn: post_fork, never preload_app; Celery: worker_process_init)",
            remedy="Start telemetry in the process that uses it, after the last fork.",
        )
    ratios = sorted({sample.labels.get(contract.RATIO, "?") for sample in told})
    if len(ratios) > 1:
        return HOP.doubtful(
            f"The programs keep different shares of traces: {_list(ratios)}.",
            setting="WEBSTORE_TRACE_RATIO",
            remedy="Give all programs the same ratio, or traces are kept in parts.",
        )
    count = len({_instance(sample) for sample in told})
    return HOP.fine(f"{count} processes tell of themselves, built after their fork, ratio {_list(ratios)}.")


def _ahead(visit: Visit) -> Iterator[Verdict]:
    """Nobody has started in the future."""
    now = time.time()
    for sample in visit.samples(contract.TELEMETRY_STARTED):
        if sample.value - now > WRONG_SECONDS:
            name = plain(_instance(sample))[:80]
            yield HOP.wrong(
                f"By its own clock {name} will start in the future: it is"
                f" {apart_in_words(sample.value - now)}, or more.",
                setting=f"the clock of {name} (NTP)",
                remedy="Set it by NTP, then start the program again.",
            )


def _shared_names(visit: Visit) -> Iterator[Verdict]:
    """A process's start never falls. Where it does, two senders take turns under one name."""
    if not visit.store.is_prometheus:
        return
    [name, suffixed] = [f"resets({name}[10m]) > 0" for name in names(contract.TELEMETRY_STARTED)]
    shared = sorted({_instance(sample) for sample in visit.read_side.query(f"{name} or {suffixed}")})
    if shared:
        yield HOP.wrong(
            f"Two processes call themselves {_list(shared)}, so that their counters make nonsense.",
            setting="WEBSTORE_INSTANCE (and WEBSTORE_SLOTS)",
            remedy="Give every replica a name of its own, such as its pod's; replicas that share a name must"
            " share the folder of slots.",
        )


def _chosen(visit: Visit) -> Iterator[Verdict]:
    states: dict[str, float] = {}
    for sample in visit.samples(contract.EXEMPLARS, shape="sum by (state) ({})"):
        state = sample.labels.get(contract.STATE, "")
        states[state] = states.get(state, 0) + sample.value
    recorded = sum(
        sample.value
        for spec in contract.HISTOGRAMS
        for sample in visit.samples(spec, "_count", shape="sum({})")
    )
    selected, published = states.get(contract.SELECTED, 0), states.get(contract.PUBLISHED, 0)
    if recorded >= _ENOUGH and not selected:
        yield HOP.wrong(
            f"{recorded:.0f} values were measured, and none was chosen to have a dot.",
            setting="the View of webstore/telemetry/pipeline.py, WEBSTORE_EXEMPLAR_TRACES_PER_SECOND",
            remedy="Have exactly one View for all instruments, and a budget above 0.",
        )
    elif selected >= _ENOUGH and not published:
        yield HOP.wrong(
            f"{selected:.0f} values were chosen to have a dot, and none was published: the sink never said"
            " that it has their spans.",
            setting="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT of the programs",
            remedy="Send spans to a sink that takes them.",
        )
    elif states.get(contract.WITHHELD, 0) > _SHARE * selected:
        yield HOP.doubtful(
            f"Of {selected:.0f} dots {states[contract.WITHHELD]:.0f} were withheld since their processes"
            " started: the sink did not take their spans, or their metrics, in time.",
            remedy="Look at webstore.export.failures and at the sink.",
        )


def _program(labels: Mapping[str, str]) -> str:
    return labels.get("job", "").rpartition("/")[2]


def _instance(sample: Sample) -> str:
    return sample.labels.get("instance", "?")


def _list(items: Sequence[str]) -> str:
    named = ", ".join(plain(item)[:80] for item in items[:_MOST_NAMED])
    return f"{named} and {len(items) - _MOST_NAMED} more" if len(items) > _MOST_NAMED else named
