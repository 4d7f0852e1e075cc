"""Spans are stripped when they are kept; notes become spans just before they leave."""

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode

from webstore.telemetry import contract
from webstore.telemetry.privacy import stripped
from webstore.telemetry.sampling import Kept, Note

_SCOPE = InstrumentationScope(contract.SCOPE)


class Outgoing:
    """Makes what leaves of what was kept, in the name of one resource."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._ids = RandomIdGenerator()

    def slim(self, kept: Kept) -> ReadableSpan | Note:
        """Return all that may leave, and nothing else; a local root tells why it was kept."""
        if isinstance(kept.what, Note):
            return kept.what
        return stripped(kept.what, {contract.KEPT: kept.reason} if kept.reason else {})

    def whole(self, what: ReadableSpan | Note) -> ReadableSpan:
        """Return the span that leaves."""
        return self._of_note(what) if isinstance(what, Note) else what

    def _of_note(self, note: Note) -> ReadableSpan:
        parent = note.parent
        failure = {"error.type": note.error_type} if note.error_type else {}
        return ReadableSpan(
            name=note.name,
            context=SpanContext(
                parent.trace_id, self._ids.generate_span_id(), False, parent.trace_flags, parent.trace_state
            ),
            parent=parent,
            resource=self._resource,
            attributes={**note.attributes, **failure},
            kind=SpanKind.CLIENT,
            status=Status(StatusCode.ERROR if note.error_type else StatusCode.UNSET),
            start_time=note.started_ns,
            end_time=note.ended_ns,
            instrumentation_scope=_SCOPE,
        )
