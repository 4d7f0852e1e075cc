"""Traces by hand, in milliseconds, one line each."""

from webstore.evidence.critical_path import Part
from webstore.evidence.tree import Node, Span, Tree, build

MS = 10**6


def span(name: str, start: int, end: int, parent: str = "", **more: str) -> Span:
    """Return a span that is called and identified by its name, its times in ms."""
    attributes = {"messaging.destination.name": more["queue"]} if "queue" in more else {}
    kind, service = more.get("kind", "internal"), more.get("service", "web")
    return Span(name, parent, service, name, kind, start * MS, end * MS, attributes=attributes)


def node(tree: Tree, name: str) -> Node:
    return next(node for node in tree.nodes if node.span.span_id == name)


def checkout() -> Tree:
    """Return the trace of an order: placed in 100 ms, 400 ms in its queue, charged for 7 s."""
    return build(
        [
            span("POST /checkout", 0, 100, kind="server"),
            span("create_order", 10, 60, "POST /checkout"),
            span("publish", 70, 80, "POST /checkout", kind="producer", queue="payments"),
            span("run", 480, 8_000, "publish", kind="consumer", service="worker"),
            span("process_payment", 500, 7_900, "run", service="worker"),
            span("payment_provider_api", 600, 7_800, "process_payment", kind="client", service="worker"),
            span("POST", 610, 7_790, "payment_provider_api", kind="client", service="worker"),
            span("POST /v1/charges", 620, 7_700, "POST", kind="server", service="provider"),
        ]
    )


def written(path: tuple[Part, ...]) -> list[tuple[str, int, int]]:
    """Return a path as (name, start, end) in ms; a wait is called by its queue in angles, or "..."."""
    return [(_called(part), part.start_ns // MS, part.end_ns // MS) for part in path]


def _called(part: Part) -> str:
    if part.node is not None:
        return part.node.span.name
    return "..." if part.queue is None else f"<{part.queue}>"
