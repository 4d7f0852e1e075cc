"""The boundaries of the programs' histograms: with others than the contract's, percentiles are invented."""

from collections.abc import Iterator, Sequence
from math import isinf

from webstore.evidence.client import Sample
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit
from webstore.telemetry import contract

HOP = Hop("buckets")
# What the SDK takes when nobody told it better.
DEFAULT = frozenset([0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000])
_MOST_TOLD = 16


def examine(visit: Visit) -> Iterator[Verdict]:
    found = {
        spec: _bounds(visit.samples(spec, "_bucket", shape="group by (le) ({})"))
        for spec in contract.HISTOGRAMS
    }
    recorded = {spec: bounds for spec, bounds in found.items() if bounds}
    wrong = {spec: bounds for spec, bounds in recorded.items() if bounds != frozenset(spec.boundaries)}
    for spec, bounds in wrong.items():
        is_default = bounds == DEFAULT
        yield HOP.wrong(
            f"{spec.name} has {'the default' if is_default else 'other'} boundaries {_told(bounds)},"
            f" not the contract's {_told(frozenset(spec.boundaries))}.",
            setting="explicit_bucket_boundaries_advisory (no View, and no"
            " OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION, may override it)",
            remedy="Make the histogram in webstore/telemetry/instruments.py from the contract,"
            " and start its program again; Prometheus remembers the old ones for 5 minutes.",
        )
    if not recorded:
        yield HOP.absent("No histogram of the shop has a value yet.")
    elif not wrong:
        yield HOP.fine(f"All histograms with values ({len(recorded)}) have the contract's boundaries.")


def _bounds(samples: Sequence[Sample]) -> frozenset[float]:
    """Return the finite bounds; "5" by OTLP is "5.0" by a scrape."""
    told = {_number(sample.labels.get("le", "")) for sample in samples}
    return frozenset(bound for bound in told if bound is not None)


def _number(text: str) -> float | None:
    try:
        bound = float(text)
    except ValueError:
        return None
    return None if isinf(bound) else bound


def _told(bounds: frozenset[float]) -> str:
    listed = [f"{bound:g}" for bound in sorted(bounds)[:_MOST_TOLD]]
    return " ".join([*listed, "…"] if len(bounds) > _MOST_TOLD else listed)
