"""The Collector, by its own numbers before and after: what it accepted, sent, refused and swallowed."""

from collections.abc import Iterator, Mapping

from webstore.evidence.asking import ReadSideError
from webstore.evidence.doctor.places import COLLECTOR_METRICS_URL
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit

HOP = Hop("collector")
_CHOOSERS = {
    "otelcol_processor_tail_sampling": "tail_sampling",
    "otelcol_processor_probabilistic_sampler": "probabilistic_sampler",
}


def examine(visit: Visit) -> Iterator[Verdict]:
    if not visit.places.collector_metrics_url:
        yield HOP.absent(f"Not looked at: {COLLECTOR_METRICS_URL} names no Collector's own metrics.")
        return
    sent = visit.sent
    before = visit.collector_before
    if isinstance(before, ReadSideError):
        yield HOP.unseen(
            f"{before}.",
            setting=COLLECTOR_METRICS_URL,
            remedy="Let service.telemetry.metrics.readers serve them, and name that address.",
        )
        return
    is_coming = sent.are_spans_taken and sent.are_metrics_taken
    # Both numbers grow only when a batch has left.
    after = visit.eventually(lambda: _passed(visit, before), is_coming=is_coming) or visit.collector_numbers()
    grown = {name: after[name] - before.get(name, 0) for name in after}
    found = [*_choosers(after), *_troubles(grown, after)]
    yield from found
    if not found:
        yield _summary(grown)


def _passed(visit: Visit, before: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers once spans and metric points went out, {} until then."""
    now = visit.collector_numbers()
    is_out = all(
        now.get(f"otelcol_exporter_{end}", 0) > before.get(f"otelcol_exporter_{end}", 0)
        for end in ("sent_spans", "sent_metric_points")
    )
    return now if is_out else {}


def _choosers(after: Mapping[str, float]) -> Iterator[Verdict]:
    """Who keeps some traces and drops others kills dots, whatever he keeps this time."""
    for prefix, processor in _CHOOSERS.items():
        if any(name.startswith(prefix) for name in after):
            yield HOP.wrong(
                f"The Collector chooses among traces ({processor}), so dots open nothing.",
                setting=f"processors: {processor}",
                remedy="Remove it: the programs have chosen already, and every trace that comes is wanted.",
            )


def _troubles(grown: Mapping[str, float], after: Mapping[str, float]) -> Iterator[Verdict]:
    for what in ("spans", "metric_points"):
        words = what.replace("_", " ")
        if count := grown.get(f"otelcol_receiver_refused_{what}", 0):
            yield HOP.wrong(
                f"The Collector refused {count:.0f} {words}.",
                setting="memory_limiter",
                remedy="Give it more memory, or run more of them.",
            )
        if count := grown.get(f"otelcol_exporter_enqueue_failed_{what}", 0):
            yield HOP.wrong(
                f"The Collector dropped {count:.0f} {words} before its exporter.",
                setting="sending_queue.queue_size",
                remedy="Let it hold more, on disk, and look at who does not take them.",
            )
        if count := grown.get(f"otelcol_exporter_send_failed_{what}", 0):
            # The next hop says why.
            yield HOP.wrong(f"{count:.0f} {words} were not taken by whom the Collector sends them to.")
        elif grown.get(f"otelcol_receiver_accepted_{what}", 0) and not grown.get(
            f"otelcol_exporter_sent_{what}", 0
        ):
            yield HOP.wrong(f"The Collector accepted our {words} and sent none on; it may still try.")
    size, room = after.get("otelcol_exporter_queue_size", 0), after.get("otelcol_exporter_queue_capacity", 0)
    if room and size > 0.8 * room:
        yield HOP.doubtful(
            f"The Collector's queues are nearly full: {size:.0f} of {room:.0f}.",
            setting="sending_queue.queue_size",
            remedy="Look at who does not take what it sends.",
        )


def _summary(grown: Mapping[str, float]) -> Verdict:
    accepted = grown.get("otelcol_receiver_accepted_spans", 0)
    if not accepted:
        return HOP.unseen(
            "This Collector saw none of our spans: another one took them.",
            setting=COLLECTOR_METRICS_URL,
            remedy="Name the Collector that stands behind OTEL_EXPORTER_OTLP_ENDPOINT, or ask each.",
        )
    sent = grown.get("otelcol_exporter_sent_spans", 0)
    return HOP.fine(
        f"The Collector accepted {accepted:.0f} spans meanwhile and sent {sent:.0f}; none failed."
    )
