"""What a span is called by people: the step of the shop it belongs to, and the program it ran in."""

from webstore.evidence.tree import Node, Tree
from webstore.telemetry import contract

# Spans of these kinds speak for the call they carry: the step that made it stands above them.
_CARRIERS = ("client", "server")
_HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HTTP")


def step_of(tree: Tree, node: Node) -> str:
    """Return such as "payment_provider_api", "create_order › SELECT", or the span's own name."""
    step = _named_above(tree, node)
    own = node.span.name
    if step == own or own.split(" ", 1)[0] in _HTTP_METHODS:
        return step
    return f"{step} › {own}"


def _named_above(tree: Tree, node: Node) -> str:
    parents = {id(child): above for above in tree.nodes for child in above.children}
    above: Node | None = node
    while above is not None:
        if above.span.name in contract.SPAN_NAMES:
            return above.span.name
        if above.span.kind not in _CARRIERS:
            break
        above = parents.get(id(above))
    return node.span.name
