"""A practice order: the same way, begun by the shop's own programs."""

import time
from collections.abc import Iterator, Sequence

from webstore.evidence.asking import ReadSideError
from webstore.evidence.audit import bucket_query
from webstore.evidence.client import Exemplar
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Purchase, Visit
from webstore.evidence.plain import plain
from webstore.evidence.tree import Span
from webstore.telemetry import contract

HOP = Hop("checkout")
_QUERIES = tuple(bucket_query(spec.name) for spec in (contract.PAYMENT_DURATION, contract.CHECKOUT_AMOUNT))
# The newest first: ours is among them unless the shop is very busy.
_MOST_TRACES = 20
_PAUSE_SECONDS = 0.5
# Clocks of one data centre differ by less; and nobody waited so long for the order.
_EARLY_NS, _LATE_NS = 5 * 10**9, 600 * 10**9
_SPANS = (
    (contract.WEB, contract.CHECKOUT),
    (contract.WORKER, contract.PROCESS_PAYMENT),
    (contract.WORKER, contract.PAYMENT_PROVIDER_API),
)


class BuyingFailed(Exception):
    """The shop did not sell; the message says where, in one line."""


def examine(visit: Visit) -> Iterator[Verdict]:
    if visit.buy is None:
        yield HOP.absent("Nothing was bought; --checkout buys a practice order and follows that too.")
        return
    try:
        purchase = visit.buy()
    except BuyingFailed as reason:
        yield HOP.unseen(f"The practice order failed: {plain(str(reason))[:200]}.")
        return
    try:
        yield from _followed(visit, purchase)
    except ReadSideError as reason:
        yield visit.failed(HOP, f"{reason}.")


def _followed(visit: Visit, purchase: Purchase) -> Iterator[Verdict]:
    bought = f"Order {plain(purchase.number)[:40]} ({plain(purchase.state)[:20]})"
    give_up_at = time.monotonic() + visit.limits.purchase_seconds
    while True:
        dots = _dots(visit, purchase)
        trace = _trace_of(visit, purchase, dots)
        # A dot waits for its own span alone: those of other programs may come a moment later.
        if _is_whole(trace) or time.monotonic() > give_up_at:
            break
        visit.check_time()
        time.sleep(_PAUSE_SECONDS)
    if trace:
        dot, spans = trace
        yield from _judged(bought, dot, spans)
    elif dots:
        yield HOP.doubtful(f"{bought} has no dot of its own: others of that moment speak for its bucket.")
    else:
        yield HOP.wrong(
            f"{bought} left no dot within {visit.limits.purchase_seconds:.0f} s.",
            setting="the programs' own way: OTEL_EXPORTER_OTLP_ENDPOINT,"
            " WEBSTORE_EXEMPLAR_TRACES_PER_SECOND, the View of webstore/telemetry/pipeline.py",
            remedy="Compare the environment of web and worker with this doctor's.",
        )


def _dots(visit: Visit, purchase: Purchase) -> list[Exemplar]:
    """Return the dots since the order was begun, newest first."""
    start, end = purchase.began_at - 1, time.time() + 3_600
    found = [dot for query in _QUERIES for dot in visit.read_side.exemplars(query, start=start, end=end)]
    return sorted(found, key=lambda dot: dot.at, reverse=True)


def _trace_of(
    visit: Visit, purchase: Purchase, dots: Sequence[Exemplar]
) -> tuple[Exemplar, tuple[Span, ...]] | None:
    """Return our order's dot and trace; None while there is none, or its payment is missing there."""
    by_trace = {dot.trace_id: dot for dot in dots if dot.is_well_formed}
    for trace_id in list(by_trace)[:_MOST_TRACES]:
        spans = visit.read_side.trace(trace_id)
        if any(span.attributes.get(contract.ORDER_NUMBER) == purchase.number for span in spans):
            return by_trace[trace_id], spans
    return None


def _is_whole(trace: tuple[Exemplar, tuple[Span, ...]] | None) -> bool:
    return trace is not None and not _missing(trace[1])


def _missing(spans: Sequence[Span]) -> list[str]:
    here = {(span.service, span.name) for span in spans}
    return [f"{name} ({service})" for service, name in _SPANS if (service, name) not in here]


def _judged(bought: str, dot: Exemplar, spans: Sequence[Span]) -> Iterator[Verdict]:
    missing = _missing(spans)
    if dot.span_id not in {span.span_id for span in spans}:
        yield HOP.wrong(f"{bought}: the dot's span is not in its trace.")
    elif missing:
        yield HOP.wrong(
            f"{bought}: its trace lacks {', '.join(missing)}.",
            setting="OTEL_PROPAGATORS, and the sink of the program that is missing",
            remedy="Let all programs send spans to one store, and propagate tracecontext.",
        )
    elif apart := _apart(spans):
        yield apart
    else:
        services = ", ".join(sorted({span.service for span in spans}))
        yield HOP.fine(f"{bought}: its dot opens one trace of {len(spans)} spans through {services}.")


def _apart(spans: Sequence[Span]) -> Verdict | None:
    """A span cannot begin before the one that called it, nor long after the order was done."""
    by_id = {span.span_id: span for span in spans}
    for span in spans:
        parent = by_id.get(span.parent_id)
        if parent is None or parent.service == span.service:
            continue
        early, late = parent.start_ns - span.start_ns, span.start_ns - parent.end_ns
        if early > _EARLY_NS or late > _LATE_NS:
            program = plain(span.service)[:40]
            return HOP.wrong(
                f"In the order's trace {program} works {max(early, late) / 60e9:.0f} min"
                f" {'before' if early > 0 else 'after'} {plain(parent.service)[:40]} calls it.",
                setting=f"the clock of {program} (NTP)",
                remedy="Set it by NTP, then start the program again.",
            )
    return None
