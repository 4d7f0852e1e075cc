"""A notification as Slack's text. What an alert says stays text: it links, calls and formats nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from urllib.parse import urlsplit

from webstore.evidence.pager.notification import FIRING, Alert, Group
from webstore.evidence.pager.worst import Moment
from webstore.evidence.plain import plain
from webstore.telemetry import contract

MOST_ALERTS = 5
LONGEST_TEXT = 4_000
_LONGEST_NAME, _LONGEST_SENTENCE, _LONGEST_ADDRESS = 100, 300, 1_000
# Labels that tell the alerts of a group apart. Others are not sent on: what they hold is not known here.
_TOLD_LABELS = (
    "service",
    "job",
    "http_route",
    contract.COUNTRY,
    contract.PAYMENT_METHOD,
    contract.OUTCOME,
    contract.TASK,
    contract.STATE,
    contract.REASON,
    contract.SIGNAL,
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What Slack and its kin format by, as signs that look alike.
_LOOK_ALIKES = {"*": "∗", "~": "∼", "`": "'"}


def slack_text(text: str, *, longest: int) -> str:
    """Return text from elsewhere in one line, cut, and with nothing that Slack would read as markup."""
    line = plain(text[: 4 * longest])
    if len(line) > longest:
        line = f"{line[: longest - 1]}…"
    shown = "".join(_ENTITIES.get(sign) or _LOOK_ALIKES.get(sign, sign) for sign in line)
    # Mattermost calls everybody by a bare "@channel"; a space without width ends the word.
    return shown.replace("@", "@\u200b")


def link(address: str, text: str) -> str:
    """Return a link; "" for what is no address of the web."""
    try:
        is_web = urlsplit(address).scheme in {"http", "https"} and bool(urlsplit(address).hostname)
    except ValueError:
        return ""
    if not is_web or not address.isprintable() or " " in address or len(address) > _LONGEST_ADDRESS:
        return ""
    safe = address.replace("<", "%3C").replace(">", "%3E").replace("|", "%7C").replace("&", "&amp;")
    return f"<{safe}|{text}>"


def text_of(group: Group, found: Mapping[str, Sequence[Moment]], *, trace_url: str) -> str:
    """Return the whole message; `found` holds moments by the fingerprint of their alert."""
    alerts = sorted(group.alerts, key=lambda alert: alert.status != FIRING)
    told = [_alert_text(alert, found.get(alert.fingerprint, ()), trace_url) for alert in alerts[:MOST_ALERTS]]
    if (hidden := len(alerts) - len(told) + group.truncated_count) > 0:
        told.append(f"and {hidden:,} more")
    return _cut(told)


def _cut(told: Iterable[str]) -> str:
    """Return what fits of the texts; a link is left out whole, never cut."""
    lines: list[str] = []
    for line in "\n\n".join(told).splitlines():
        if sum(map(len, lines)) + len(lines) + len(line) > LONGEST_TEXT - 2:
            return "\n".join([*lines, "…"])
        lines.append(line)
    return "\n".join(lines)


def _alert_text(alert: Alert, moments: Sequence[Moment], trace_url: str) -> str:
    lines = [_title(alert), _sentence(alert, "summary"), _sentence(alert, "description")]
    if alert.status == FIRING:
        lines += _measured(alert, moments, trace_url)
    lines.append(_pages(alert))
    return "\n".join(line for line in lines if line)


def _title(alert: Alert) -> str:
    name = slack_text(alert.name or "an alert without a name", longest=_LONGEST_NAME)
    severity = slack_text(alert.labels.get("severity", ""), longest=_LONGEST_NAME)
    about = [
        f"{label}={slack_text(alert.labels[label], longest=_LONGEST_NAME)}"
        for label in _TOLD_LABELS
        if alert.labels.get(label)
    ]
    return " ".join(
        [f"*{alert.status.upper()}: {name}*", f"({severity})" if severity else "", *about]
    ).strip()


def _sentence(alert: Alert, annotation: str) -> str:
    return slack_text(alert.annotations.get(annotation, ""), longest=_LONGEST_SENTENCE)


def _measured(alert: Alert, moments: Sequence[Moment], trace_url: str) -> list[str]:
    """Return lines such as "P95 6.2 s; worst 8.2 s, 7.6 s of it in payment_provider_api (provider), …"."""
    value = slack_text(alert.annotations.get("value", ""), longest=_LONGEST_NAME)
    traced = [moment for moment in moments if moment.trace_id] or list(moments[:1])
    told = [_moment_text(moment, trace_url) for moment in traced]
    if not traced:
        return [value]
    first = f"{'worst' if traced[0].unit == 's' else 'highest'} {told[0]}"
    return ["; ".join(part for part in (value, first) if part), *(f"then {text}" for text in told[1:])]


def _moment_text(moment: Moment, trace_url: str) -> str:
    parts = [_quantity(moment.value, moment.unit), _spent(moment)]
    if moment.trace_id:
        address = trace_url.replace("{trace_id}", moment.trace_id)
        parts.append(f"trace {link(address, moment.trace_id[:8]) or moment.trace_id}")
    return ", ".join(part for part in parts if part)


def _spent(moment: Moment) -> str:
    if moment.spent_seconds <= 0:
        return ""
    spent = (
        f"{_quantity(moment.spent_seconds, 's')} of it"
        if moment.unit == "s"
        else (f"{_quantity(moment.spent_seconds, 's')} spent")
    )
    if moment.queue is not None:
        named = f"queue {slack_text(moment.queue, longest=_LONGEST_NAME)}" if moment.queue else "its queue"
        return f"{spent} waiting in {named}"
    if not moment.step:
        return f"{spent} waiting, in no span"
    service = slack_text(moment.service, longest=_LONGEST_NAME)
    return f"{spent} in {slack_text(moment.step, longest=_LONGEST_NAME)}" + (
        f" ({service})" if service else ""
    )


def _quantity(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value:,.1f} s" if abs(value) >= 0.95 else f"{value * 1_000:.0f} ms"
    return f"${value:,.2f}" if unit == "USD" else f"{value:,.6g}"


def _pages(alert: Alert) -> str:
    links = (
        link(alert.annotations.get("runbook_url", ""), "Runbook"),
        link(alert.annotations.get("dashboard_url", ""), "Dashboard"),
    )
    return " · ".join(each for each in links if each)


def log_line(text: str) -> str:
    """Return a message in one line, its links as bare addresses."""
    bare = re.sub(r"<([^|>]*)\|[^>]*>", r"\1", text)
    return unescape(" | ".join(line for line in bare.splitlines() if line))
