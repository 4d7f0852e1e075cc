"""Prometheus: what it made of the marked measurement, and the setting behind it."""

from collections.abc import Iterator

from webstore.evidence.asking import ReadSideError
from webstore.evidence.doctor.mark import SPEC
from webstore.evidence.doctor.places import METRICS_URL
from webstore.evidence.doctor.retention import seconds_of
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit, names
from webstore.evidence.plain import plain

HOP = Hop("prometheus")
STRATEGY = "UnderscoreEscapingWithoutSuffixes"
_RECEIVER_FLAG = "web.enable-otlp-receiver"
_START_TIMES = "created-timestamp-zero-ingestion"
# Of several doctors at once only the first may begin the series.
_TOGETHER_SECONDS = 10.0
_SHARE = 0.01
# A program delivers a dot within this time, or withholds it.
_LATE_SECONDS = 60


def examine(visit: Visit) -> Iterator[Verdict]:
    try:
        is_prometheus = visit.store.is_prometheus
    except ReadSideError as reason:
        remedy = "Start Prometheus, or correct the address."
        yield visit.failed(HOP, f"{reason}.", setting=METRICS_URL, remedy=remedy)
        return
    if not is_prometheus:
        yield HOP.absent("Another store answers for metrics (the lens); there is nothing to set.")
        return
    found = [*_arrival(visit), *_order(visit)]
    yield from found
    if not found:
        yield HOP.fine("Prometheus has our value under the contract's name, from its start at 0.")


def _arrival(visit: Visit) -> Iterator[Verdict]:
    if not visit.stored_name:
        yield _lost(visit)
    elif visit.stored_name != names(SPEC)[0]:
        yield HOP.wrong(
            f"Prometheus calls {SPEC.name} {visit.stored_name}, so no dashboard, alert or dot finds it.",
            setting="otlp.translation_strategy",
            remedy=f"Set it to {STRATEGY}.",
        )
    elif not _begins_at_zero(visit):
        yield HOP.wrong(
            "Prometheus ignores start times: the first value of each new process counts for nothing, so that"
            " short-lived workers seem to do nothing.",
            setting=f"--enable-feature={_START_TIMES}",
            remedy="Start Prometheus with this feature.",
        )


def _lost(visit: Visit) -> Verdict:
    said, strategy = "Prometheus has not got our value.", visit.store.configured("translation_strategy")
    if visit.store.flags.get(_RECEIVER_FLAG) == "false":
        return HOP.wrong(
            "Prometheus takes no OTLP: its receiver is off.",
            setting=f"--{_RECEIVER_FLAG}",
            remedy="Start Prometheus with this flag.",
        )
    if strategy not in {"", STRATEGY}:
        return HOP.wrong(
            f"Prometheus has our value under no name of ours: it translates by {plain(strategy)[:60]}.",
            setting="otlp.translation_strategy",
            remedy=f"Set it to {STRATEGY}.",
        )
    if not visit.sent.are_metrics_taken:
        return HOP.wrong(said)
    return HOP.wrong(
        f"{said[:-1]}, though the sink took it.",
        setting=f"the sink's way to it: the Collector's exporter for metrics, or {METRICS_URL}",
        remedy="Let the Collector send metrics to this Prometheus, at /api/v1/otlp.",
    )


def _begins_at_zero(visit: Visit) -> bool:
    """Return whether the series has a 0 where it says that it began: nobody ever sends one."""
    values = visit.read_side.values(f"{visit.stored_name}_count[1m]")
    return any(value == 0 and at > visit.mark.began_at - _TOGETHER_SECONDS for at, value in values)


def _order(visit: Visit) -> Iterator[Verdict]:
    """An exemplar waits for its span, so it always comes late."""
    if not visit.store.configuration:
        yield HOP.doubtful(
            "Prometheus does not tell its configuration, so nobody knows whether late dots get in.",
            setting="storage.tsdb.out_of_order_time_window",
            remedy="Set it to 10m.",
        )
    elif seconds_of(visit.store.configured("out_of_order_time_window")) < _LATE_SECONDS:
        yield HOP.wrong(
            "Prometheus takes nothing that comes a minute late, and a dot may: it waits for its span.",
            setting="storage.tsdb.out_of_order_time_window",
            remedy="Set it to 10m.",
        )
    own = visit.store.own_metrics
    refused = own.get("prometheus_api_otlp_out_of_order_exemplars", 0)
    if refused > _SHARE * own.get("prometheus_tsdb_exemplar_exemplars_appended", 0):
        yield HOP.doubtful(
            f"Prometheus refused {refused:.0f} dots as out of order since it started.",
            setting="storage.tsdb.out_of_order_time_window",
            remedy="Let it be 10m or more, and look for two senders with one instance id.",
        )
