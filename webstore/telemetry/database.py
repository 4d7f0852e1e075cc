"""Database calls as spans, for any Django database, without parameters."""

import re
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from webstore.telemetry import contract

_tracer = trace.get_tracer(contract.SCOPE)
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?(\w+)', re.IGNORECASE)
_SYSTEMS = {"sqlite": "sqlite", "postgresql": "postgresql"}
# A long IN list says nothing more than its first screen.
_MAX_TEXT = 2_000


def instrument() -> None:
    """Trace the queries of every database connection this process opens from now on."""
    connection_created.connect(_wrap, dispatch_uid="webstore.telemetry.database")


def _wrap(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _traced not in connection.execute_wrappers:
        connection.execute_wrappers.append(_traced)


def _traced(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    # A query of nobody's request (start-up, a health check) would be a trace of its own.
    if not trace.get_current_span().is_recording():
        return execute(sql, params, many, context)
    operation, table = _named(sql)
    attributes = {
        "db.system.name": _SYSTEMS.get(context["connection"].vendor, "other_sql"),
        "db.operation.name": operation,
        # Placeholders only: Django never writes a value into the text.
        "db.query.text": sql[:_MAX_TEXT],
    }
    if table:
        attributes["db.collection.name"] = table
    name = f"{operation} {table}".strip()
    with _tracer.start_as_current_span(name, attributes=attributes, kind=SpanKind.CLIENT):
        return execute(sql, params, many, context)


def _named(sql: str) -> tuple[str, str]:
    """Return operation and first table of a statement, such as ("SELECT", "orders_order")."""
    words = sql.split(None, 1)
    table = _TABLE.search(sql)
    return (words[0].upper() if words else "", table.group(1) if table else "")
