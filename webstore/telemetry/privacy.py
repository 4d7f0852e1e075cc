"""What may leave the process. Everything else stays: paths hold tokens, messages hold rows.

An attribute of a span or a metric leaves only when its key is on their list. Of an exception
leave its type and the place in the code, never its message.
"""

from collections.abc import Mapping
from pathlib import PurePath

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import Attributes, AttributeValue

from webstore.telemetry import contract

# What requests are told apart by, in spans and in the durations that the HTTP instrumentations measure.
_HTTP_ATTRIBUTES = frozenset(
    {
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "network.protocol.version",
        "server.address",
        "server.port",
        "url.scheme",
    }
)
SPAN_ATTRIBUTES = _HTTP_ATTRIBUTES | {
    contract.COUNTRY,
    contract.PAYMENT_METHOD,
    contract.OUTCOME,
    contract.ORDER_NUMBER,
    contract.PAYMENT_TRY,
    contract.KEPT,
    "celery.action",
    "celery.state",
    "celery.task_name",
    "db.collection.name",
    "db.operation.name",
    "db.query.text",
    "db.system.name",
    "messaging.destination",
    "messaging.message.id",
}
# All that the contract names: a key that is missing here would merge its series, and nobody would be told.
METRIC_ATTRIBUTES = _HTTP_ATTRIBUTES.union(*(spec.attributes for spec in contract.INSTRUMENTS))
EVENT_ATTRIBUTES = frozenset({"exception.type", "exception.escaped", "exception.place"})


def stripped(span: ReadableSpan, extra: Mapping[str, AttributeValue]) -> ReadableSpan:
    """Return a copy without anything that is not on the lists, with `extra` attributes of ours."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={**_allowed(span.attributes, SPAN_ATTRIBUTES), **extra},
        events=[_stripped_event(event) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        # The description repeats the exception's message.
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _stripped_event(event: Event) -> Event:
    return Event(event.name, _allowed(_placed(event.attributes), EVENT_ATTRIBUTES), event.timestamp)


def _allowed(attributes: Attributes, keys: frozenset[str]) -> dict[str, AttributeValue]:
    return {key: value for key, value in (attributes or {}).items() if key in keys}


def _placed(attributes: Attributes) -> Attributes:
    """Return an exception event's attributes with the innermost frame of its stack as a place."""
    stack = (attributes or {}).get("exception.stacktrace")
    if not isinstance(stack, str):
        return attributes
    frames = [line.strip() for line in stack.splitlines() if line.startswith('  File "')]
    if not frames:
        return attributes
    return {**(attributes or {}), "exception.place": _place(frames[-1])}


def _place(frame: str) -> str:
    """Turn `File "/a/b/charging.py", line 3, in charge` into `b/charging.py:3 charge`."""
    path, line, function = [*frame.split(", ", 2), "", ""][:3]
    parts = PurePath(path.removeprefix('File "').removesuffix('"')).parts
    return f"{'/'.join(parts[-2:])}:{line.removeprefix('line ')} {function.removeprefix('in ')}".strip()
