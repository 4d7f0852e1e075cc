"""A diagnosis for people, and for programs."""

import json
import textwrap
from dataclasses import asdict

from webstore.evidence.doctor.mark import SPEC, Mark
from webstore.evidence.doctor.verdict import Diagnosis, State, Verdict

_SIGNS = {
    State.FINE: "✓",
    State.DOUBTFUL: "!",
    State.WRONG: "✗",
    State.UNSEEN: "?",
    State.ABSENT: "–",
}
_INDENT = " " * 13
_COLUMNS = 100


def as_text(diagnosis: Diagnosis, mark: Mark, trace_url: str) -> str:
    lines = [f"One measurement of {SPEC.name}, followed from its program to its trace."]
    for verdict in diagnosis.verdicts:
        lines += _lines(verdict)
    return "\n".join([*lines, "", *_end(diagnosis, mark, trace_url)])


def as_json(diagnosis: Diagnosis, mark: Mark, trace_url: str) -> str:
    facts = {
        "is_healthy": diagnosis.exit_code == 0,
        "cause": asdict(diagnosis.cause) if diagnosis.cause else None,
        "verdicts": [asdict(verdict) for verdict in diagnosis.verdicts],
        "mark": {
            "metric": SPEC.name,
            "trace_id": mark.trace_id,
            "span_id": mark.span_id,
            "url": _link(mark, trace_url),
        },
    }
    return json.dumps(facts, indent=2)


def _lines(verdict: Verdict) -> list[str]:
    head = f"{_SIGNS[verdict.state]} {verdict.hop:<10} "
    lines = _wrapped(verdict.said, head)
    if verdict.setting:
        lines += _wrapped(f"Setting: {verdict.setting}", _INDENT)
    return [*lines, *(_wrapped(verdict.remedy, _INDENT) if verdict.remedy else [])]


def _wrapped(text: str, head: str) -> list[str]:
    # An address or a name stays whole, so that it can be copied.
    return textwrap.wrap(
        text,
        _COLUMNS,
        initial_indent=head,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _end(diagnosis: Diagnosis, mark: Mark, trace_url: str) -> list[str]:
    cause = diagnosis.cause
    if cause is not None:
        what = f"What is wrong is at {cause.hop}: {cause.setting or cause.said}"
        return [f"{what.rstrip('.')}. {cause.remedy}".strip()]
    unseen = dict.fromkeys(verdict.hop for verdict in diagnosis.of(State.UNSEEN))
    if unseen:
        return [f"Nothing wrong was found, but {', '.join(unseen)} could not be looked at."]
    return [f"Every hop is fine. This measurement's trace: {_link(mark, trace_url)}"]


def _link(mark: Mark, trace_url: str) -> str:
    return trace_url.replace("{trace_id}", mark.trace_id)
