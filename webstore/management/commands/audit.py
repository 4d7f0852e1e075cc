"""`manage.py audit`: does every dot open its trace? Exit 1: some do not. Exit 2: nobody could say."""

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from webstore.evidence.audit import ALL_HISTOGRAMS, Finding, Report, Scope, audit
from webstore.evidence.client import ReadSide, ReadSideError
from webstore.evidence.moments import duration_of, is_moment, moment_of, written

_DEAD, _UNKNOWN = 1, 2
_EXAMPLES = 10


class Command(BaseCommand):
    help = "Ask for the trace of every exemplar and look for the span it names."
    # It reads no table of the shop.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=_typed(duration_of), default="15m", help="how far back, such as 90s or 2h (15m)"
        )
        moment = "Unix seconds or RFC 3339"
        parser.add_argument("--start", type=_typed(moment_of), help=f"from when, instead: {moment}")
        parser.add_argument(
            "--end",
            type=_typed(moment_of),
            help=f"until when: {moment} (now, less {_settling()} that may still be on their way)",
        )
        parser.add_argument(
            "--query",
            action="append",
            help="whose exemplars, again for more (all of the contract)",
        )
        parser.add_argument(
            "--traces", type=int, default=10_000, help="ask for so many traces at most, newest first (10000)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        scope = _scope(options)
        try:
            with ReadSide(metrics_url=settings.METRICS_URL, traces_url=settings.TRACES_URL) as read_side:
                report = audit(read_side, scope)
        except ReadSideError as reason:
            raise CommandError(str(reason), returncode=_UNKNOWN) from reason
        self.stdout.write(_as_json(report, scope) if options["json"] else _as_text(report, scope))
        if report.dead:
            raise CommandError(f"{len(report.dead)} exemplars open nothing.", returncode=_DEAD)


def _typed(parse: Callable[[str], float]) -> Callable[[str], float]:
    """Return `parse` for argparse, which shows the words of its own exception only."""

    def typed(text: str) -> float:
        try:
            return parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return typed


def _settling() -> str:
    return f"{settings.AUDIT_SETTLING_SECONDS} s"


def _scope(options: dict[str, Any]) -> Scope:
    end = time.time() - settings.AUDIT_SETTLING_SECONDS if options["end"] is None else options["end"]
    start = end - options["since"] if options["start"] is None else options["start"]
    if not is_moment(start):
        raise CommandError("The start lies before all calendars.", returncode=_UNKNOWN)
    if end < start:
        raise CommandError("The end lies before the start.", returncode=_UNKNOWN)
    return Scope(tuple(options["query"] or ALL_HISTOGRAMS), start, end, options["traces"])


def _as_text(report: Report, scope: Scope) -> str:
    period = f"from {written(scope.start)} to {written(scope.end)}"
    lines = [
        f"Exemplars {period}; what is younger than {_settling()} may still be on its way.",
        *(f"{count:8} {state.replace('_', ' ')}" for state, count in report.counts.items()),
        f"{report.trace_count} traces asked for; {report.unchecked_count} exemplars not checked.",
        *(_line(finding) for finding in report.dead[:_EXAMPLES]),
    ]
    if not report.findings:
        lines.append("Nothing was found, so nothing is proven.")
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    exemplar = finding.exemplar
    return (
        f"{finding.state.replace('_', ' ')}: {exemplar.metric} {exemplar.value:g} at {written(exemplar.at)},"
        f" span {exemplar.span_id} of {_link(exemplar.trace_id)}"
    )


def _as_json(report: Report, scope: Scope) -> str:
    facts = {
        "start": scope.start,
        "end": scope.end,
        "queries": scope.queries,
        "exemplars": report.counts,
        "traces": report.trace_count,
        "unchecked": report.unchecked_count,
        "dead": [_facts(finding) for finding in report.dead],
    }
    return json.dumps(facts, indent=2)


def _facts(finding: Finding) -> dict[str, Any]:
    exemplar = finding.exemplar
    return {
        "state": finding.state,
        "metric": exemplar.metric,
        "series": dict(exemplar.series),
        "value": exemplar.value,
        "at": exemplar.at,
        "trace_id": exemplar.trace_id,
        "span_id": exemplar.span_id,
        "url": _link(exemplar.trace_id),
    }


def _link(trace_id: str) -> str:
    return str(settings.TRACE_URL).replace("{trace_id}", trace_id)
