"""The audit that beat repeats. Its finding is a metric, so that an alert can tell of dead dots."""

import logging
import time

from django.conf import settings

from webstore.evidence.asking import Asker
from webstore.evidence.audit import ALL_HISTOGRAMS, Report, Scope, audit
from webstore.evidence.client import ReadSide, ReadSideError
from webstore.telemetry import contract, instruments

# Small enough to be no load, and to end long before the task's limit of 10 s.
_MOST_TRACES = 50
MOST_SECONDS = 5.0
TIMEOUT_SECONDS = 1.0
# An answer takes ten times its size while it is read, and a worker has other things to do.
_ANSWER_BYTES = 4 * 2**20
# Late exemplars are looked at too: one is repeated until it is delivered.
_LOOK_BACK_SECONDS = 300.0

logger = logging.getLogger(__name__)


def report_audit() -> None:
    """Audit the newest exemplars; a read side that does not answer is counted and logged."""
    outcome = contract.FAILED
    try:
        _tell(_audit())
        outcome = contract.SUCCEEDED
    except ReadSideError as reason:
        logger.warning("no audit of exemplars: %s", reason)
    finally:
        instruments.audits.add(1, {contract.OUTCOME: outcome})


def _audit() -> Report:
    end = time.time() - settings.AUDIT_SETTLING_SECONDS
    scope = Scope(ALL_HISTOGRAMS, end - _LOOK_BACK_SECONDS, end, _MOST_TRACES, MOST_SECONDS)
    asker = Asker(timeout_seconds=TIMEOUT_SECONDS, most_bytes=_ANSWER_BYTES)
    with ReadSide(metrics_url=settings.METRICS_URL, traces_url=settings.TRACES_URL, asker=asker) as read_side:
        return audit(read_side, scope)


def _tell(report: Report) -> None:
    instruments.exemplars_audited.tell(report.counts, for_seconds=2.5 * settings.AUDIT_SECONDS)
    for finding in report.dead[:3]:
        exemplar = finding.exemplar
        logger.error("%s: an exemplar of %s in trace %s", finding.state, exemplar.metric, exemplar.trace_id)
    logger.info(
        "audit: %d exemplars in %d traces, %d dead, %d not checked",
        len(report.findings),
        report.trace_count,
        len(report.dead),
        report.unchecked_count,
    )
