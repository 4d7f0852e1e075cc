"""Time that belongs to no span: a message that lies in its queue."""

from dataclasses import dataclass

from webstore.evidence.tree import Node

PRODUCER, CONSUMER = "producer", "consumer"
# The name of the queue; the second key is the one of older conventions.
QUEUE_KEYS = ("messaging.destination.name", "messaging.destination")


@dataclass(frozen=True)
class Wait:
    queue: str
    start_ns: int
    end_ns: int

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns


def queue_wait(producer: Node, consumer: Node) -> Wait | None:
    """Return how long the message between the two lay in its queue; None if it did not, or clocks differ."""
    if producer.span.kind != PRODUCER or consumer.span.kind != CONSUMER:
        return None
    if consumer.span.start_ns <= producer.span.end_ns:
        return None
    attributes = {**producer.span.attributes, **consumer.span.attributes}
    queue = next((str(attributes[key]) for key in QUEUE_KEYS if attributes.get(key)), "")
    return Wait(queue, producer.span.end_ns, consumer.span.start_ns)
