"""The trace: does the dot open it, with the very span it names?"""

from collections.abc import Iterator

from webstore.evidence.asking import ReadSideError
from webstore.evidence.doctor.places import TRACES_URL
from webstore.evidence.doctor.verdict import Hop, Verdict
from webstore.evidence.doctor.visit import Visit

HOP = Hop("trace")
_SAMPLERS = "processors: tail_sampling, probabilistic_sampler"


def examine(visit: Visit) -> Iterator[Verdict]:
    is_coming = visit.sent.are_spans_taken
    wanted = (visit.mark.trace_id, *visit.mark.witness_ids)
    here: set[str] = set()

    def all_here() -> bool:
        here.update(one for one in wanted if one not in here and _has(visit, one))
        return len(here) == len(wanted)

    try:
        visit.eventually(all_here, is_coming=is_coming)
    except ReadSideError as reason:
        remedy = "Start the trace store, or correct the address."
        yield visit.failed(HOP, f"{reason}.", setting=TRACES_URL, remedy=remedy)
        return
    yield _judged(visit, len(here), len(wanted))


def _has(visit: Visit, trace_id: str) -> bool:
    return any(span.span_id == visit.mark.span_id for span in visit.read_side.trace(trace_id))


def _judged(visit: Visit, here: int, wanted: int) -> Verdict:
    if here == wanted:
        return HOP.fine(f"All {wanted} traces that were sent are there, with their spans.")
    if here > 0:
        return HOP.wrong(
            f"Of {wanted} traces that were sent alike {here} arrived: somebody chooses among them.",
            setting=f"{_SAMPLERS} of the Collector",
            remedy="Remove them: the programs have chosen already, and every trace that comes is wanted.",
        )
    if not visit.sent.are_spans_taken:
        return HOP.wrong("Our traces are not there: the sink did not take them.")
    return HOP.wrong(
        f"None of {wanted} traces that were sent is there.",
        setting=f"the Collector's pipeline for traces: its exporter, and no {_SAMPLERS.partition(': ')[2]}",
        remedy=f"Let it send every trace to what {TRACES_URL} names.",
    )
