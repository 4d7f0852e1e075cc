"""The dot: can the marked measurement's exemplar be asked for?"""

from collections.abc import Iterator

from webstore.evidence.asking import ReadSideError
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit

HOP = Hop("exemplar")
_FEATURE = "exemplar-storage"


def examine(visit: Visit) -> Iterator[Verdict]:
    try:
        found = visit.exemplar
    except ReadSideError as reason:
        yield visit.failed(HOP, f"{reason}.")
        return
    if found is None:
        yield _missing(visit)
    elif found.span_id != visit.mark.span_id:
        yield HOP.wrong("Our exemplar names another span than ours; something rewrites it on its way.")
    else:
        yield HOP.fine(f"The dot is there: {found.value * 1_000:.3g} ms, trace {found.trace_id}.")


def _missing(visit: Visit) -> Verdict:
    if not visit.store.is_prometheus:
        return HOP.wrong("The store has no dot of our measurement.")
    if visit.store.flags and _FEATURE not in visit.store.features:
        return HOP.wrong(
            "Prometheus keeps no exemplars.",
            setting=f"--enable-feature={_FEATURE}",
            remedy="Start Prometheus with this feature.",
        )
    if visit.store.own_metrics.get("prometheus_tsdb_exemplar_max_exemplars") == 0:
        return HOP.wrong(
            "Prometheus has room for no exemplar.",
            setting="storage.exemplars.max_exemplars",
            remedy="Set it to 100000 or more; each takes about 100 bytes.",
        )
    if not visit.stored_name:
        return HOP.wrong("Prometheus has neither our value nor its dot.")
    return HOP.wrong(
        "Prometheus has our value, but not its dot: it was lost between the sink's door and there.",
        setting="the Collector's pipeline for metrics: otlp_http to Prometheus, not its prometheus exporter",
        remedy="Send metrics on by OTLP, through no processor that drops exemplars.",
    )
