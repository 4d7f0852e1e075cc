"""The fault matrix: what is broken, what must hold all the same, and which tests break it.

A test is named by the beginning of its id below tests/.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    id: str
    broken: str
    must_hold: str
    tests: tuple[str, ...]

    def holds(self, test: str) -> bool:
        """Return whether a test, by its id below tests/, belongs to this row."""
        return test.startswith(self.tests)


_WORKER = "faults/test_killed_worker.py::"
_MESSAGE = "faults/test_lost_message.py::"
_BROKER = "faults/test_broker_outage.py::"
_PROVIDER = "faults/test_provider.py::"
_DATABASE = "faults/test_database.py::"
_FORM = "faults/test_one_form.py::"

ROWS = (
    Row(
        "F1",
        "a worker's child killed at five moments",
        "paid once, within 15 s",
        (f"{_WORKER}test_order_of_a_killed_child",),
    ),
    Row(
        "F2",
        "a worker's main process killed",
        "paid once, within 15 s",
        (f"{_WORKER}test_orders_of_a_killed_worker",),
    ),
    Row("F3", "a message lost on its way", "paid by the sweep", (f"{_MESSAGE}test_order_whose_message",)),
    Row(
        "F4",
        "a worker stopped during a charge",
        "in time; given back, paid once",
        ("faults/test_stopped_worker.py",),
    ),
    Row(
        "F5",
        "the broker refuses",
        "nobody waits; paid soon after",
        (f"{_BROKER}test_orders_placed_without", f"{_BROKER}test_span"),
    ),
    Row("F6", "the broker hangs", "nobody waits; paid soon after", (f"{_BROKER}test_hanging_broker",)),
    Row("F7", "the broker forgets everything", "paid by the sweep", (f"{_BROKER}test_broker_that_forgot",)),
    Row(
        "F8",
        "a message that comes again",
        "one charge",
        (f"{_MESSAGE}test_five_messages", f"{_MESSAGE}test_message_that_comes_again"),
    ),
    Row(
        "F9",
        "an order that kills its worker",
        "in review; the others flow",
        ("faults/test_poisonous_task.py",),
    ),
    Row("F10", "the database locked", "slow, or come back later", (f"{_DATABASE}test_lock",)),
)
