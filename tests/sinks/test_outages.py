"""The sink fails in five ways; the shop loses telemetry at most, says so, and recovers by itself."""

from tests.sinks.outage import WHOLE, Outage
from tests.sinks.sink import Mode

LIMIT_MIB = 16
# Processes that send: one web worker, three children of the workers, beat and provider.
SENDER_COUNT = 6
# The server span of the product list and its queries.
SPANS_PER_REQUEST = 4


def test_customers_notice_nothing(outage: Outage) -> None:
    assert outage.load.errors == {}
    assert outage.state == "Paid"


def test_memory_stays_bounded(outage: Outage) -> None:
    assert max(outage.growth_mib.values()) <= LIMIT_MIB


def test_each_process_complains_once_at_most(outage: Outage) -> None:
    told = outage.complaints

    assert sum(told.values()) <= SENDER_COUNT
    assert [text for text in told if "the telemetry sink" not in text] == []


def test_everything_recovers(outage: Outage) -> None:
    """Except what a sink refused for good."""
    names = outage.after.names_of(outage.trace_id)

    assert names >= WHOLE or outage.mode is Mode.WRONG


def test_payment_made_meanwhile_gets_its_dot(outage: Outage) -> None:
    has_dot = outage.trace_id in outage.after.dots("webstore.payment.duration")

    assert has_dot or outage.mode is Mode.WRONG


def test_kept_spans_arrive_before_newer_ones(outage: Outage) -> None:
    first: dict[str, int] = {}
    for span in outage.late_spans:
        first.setdefault(span["instance"], span["ended_ns"])

    web = [ended_ns for instance, ended_ns in first.items() if instance.startswith("web/")]
    assert all(ended_ns < outage.ended_ns for ended_ns in web)


def test_losses_are_counted(outage: Outage) -> None:
    lost = {
        reason: outage.more("webstore.spans.lost", f"reason={reason}")
        for reason in ("queue_full", "sink_refused")
    }

    assert outage.more("webstore.export.failures", "signal=traces") > 0
    assert (lost["queue_full"] > 0) is (outage.mode is Mode.SILENT)
    assert (lost["sink_refused"] > 0) is (outage.mode is Mode.WRONG)


def test_every_span_is_delivered_or_counted_as_lost(outage: Outage) -> None:
    delivered = {span["span_id"] for span in outage.late_spans if span["instance"].startswith("web/")}
    lost = outage.after.lost("web/") - outage.before.lost("web/")

    made = SPANS_PER_REQUEST * len(outage.load.seconds)
    assert len(delivered) + lost >= 0.99 * made


def test_no_dot_was_published_before_its_span_was_stored(outage: Outage) -> None:
    stored: dict[str, int] = {}
    for span in outage.after.spans:
        stored.setdefault(span["span_id"], span["request"])

    dead = [dot for dot in outage.after.exemplars if stored.get(dot["span_id"], 10**9) >= dot["request"]]
    assert len(outage.after.exemplars) > 0
    assert dead == []
