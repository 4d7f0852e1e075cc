"""The fault matrix: what is broken, what must hold all the same, and which tests break it.

A test is named by its file below tests/ and the beginning of its own name.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    id: str
    broken: str
    must_hold: str
    where: str
    # Each put behind `where`; "": all that begins so.
    names: tuple[str, ...] = ("",)

    @property
    def tests(self) -> tuple[str, ...]:
        """Return how the ids of its tests begin, below tests/."""
        return tuple(f"{self.where}{name}" for name in self.names)

    def holds(self, test: str) -> bool:
        """Return whether a test, by its id below tests/, belongs to this row."""
        return test.startswith(self.tests)


_WORKER = "faults/test_killed_worker.py::test_"
_MESSAGE = "faults/test_lost_message.py::test_"
_BROKER = "faults/test_broker_outage.py::test_"
_PROVIDER = "faults/test_provider.py::test_"
_DATABASE = "faults/test_database.py::test_"
_LAST = "faults/test_last_units.py::test_"
_FORM = "faults/test_one_form.py::test_"

ROWS = (
    Row(
        "F1",
        "a worker's child killed at five moments",
        "paid once, in 15 s",
        _WORKER,
        ("order_of_a_killed_child",),
    ),
    Row(
        "F2", "a worker's main process killed", "paid once, in 15 s", _WORKER, ("orders_of_a_killed_worker",)
    ),
    Row("F3", "a message lost on its way", "paid by the sweep", _MESSAGE, ("order_whose_message",)),
    Row("F4", "a worker stopped during a charge", "in time; paid once", "faults/test_stopped_worker.py"),
    Row("F5", "no broker", "nobody waits; paid soon after", _BROKER, ("orders_placed_without", "span")),
    Row("F6", "a broker that hangs", "nobody waits; paid soon after", _BROKER, ("hanging_broker",)),
    Row("F7", "a broker that forgot everything", "paid by the sweep", _BROKER, ("broker_that_forgot",)),
    Row("F8", "a message that comes again", "one charge", _MESSAGE, ("five_messages", "message_that_comes")),
    Row("F9", "an order that kills its worker", "in review; others flow", "faults/test_poisonous_task.py"),
    Row("F10", "the database locked", "slow, or a polite 503", _DATABASE, ("lock",)),
    Row("F11", "the database away", "found again; no order lost", _DATABASE, ("database",)),
    Row(
        "F12",
        "a provider that fails",
        "the same key again, later",
        _PROVIDER,
        ("provider", "customers", "patience", "failure"),
    ),
    Row("F13", "the provider's answer lost", "paid once", _PROVIDER, ("lost_answer", "answer_lost")),
    Row("F14", "a provider that drips", "ended by the total deadline", _PROVIDER, ("dripping",)),
    Row("F15", "a key the provider forgot", "looked up, never charged blindly", "faults/test_old_key.py"),
    Row("F16", "events repeated, late, forged", "one effect", "faults/test_events.py"),
    Row(
        "F17",
        "a telemetry sink that fails",
        "no error; 16 MiB, 5 s to stop",
        "sinks/test_",
        ("stops.py", "outages.py"),
    ),
    Row("F19", "a clock ten minutes wrong", "leases and money hold", "faults/test_clock.py"),
    Row("F20", "a full disk", "a polite 503, nothing half", "faults/test_full_disk.py"),
    Row("F21", "one form sent 20 times", "one order", _FORM, ("twenty", "back_button", "refreshing")),
    Row("F22", "cart or price changed in another tab", "charged as confirmed", _FORM, ("cart", "price")),
    Row("F23", "200 buyers of the last 50 units", "50 orders; no 5xx", _LAST, ("two_hundred",)),
    Row(
        "F24", "a reservation over during its charge", "sold, or money back", _LAST, ("reservation", "charge")
    ),
    Row("F25", "children ended after two tasks", "no order or dot lost", "faults/test_recycled_worker.py"),
    Row(
        "F26", "programs replaced under load", "no request, no order lost", "faults/test_replaced_programs.py"
    ),
    Row("F27", "a web worker killed in a checkout", "one order", _FORM, ("server_killed",)),
    Row(
        "F28",
        "no broker while people look around",
        "all but the payment works",
        "faults/test_without_broker.py",
    ),
    Row("F29", "no beat, three beats", "paid; nothing twice", "faults/test_beat.py"),
)
