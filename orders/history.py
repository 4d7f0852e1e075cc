"""What happened to an order, in the customer's words."""

from orders.models import HistoryEntry


def record(
    order_id: int,
    *,
    kind: HistoryEntry.Kind,
    actor: HistoryEntry.Actor,
    sentence: str,
    trace_id: str = "",
    note: str = "",
) -> None:
    """Add one entry. The customer reads `sentence`; `note` and `trace_id` are for staff only."""
    HistoryEntry.objects.create(
        order_id=order_id, kind=kind, actor=actor, sentence=sentence, trace_id=trace_id, note=note
    )
