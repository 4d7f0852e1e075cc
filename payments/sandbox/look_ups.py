"""What callers look up: a charge by its id, the charges of a reference, the refunds of a charge."""

from collections.abc import Callable, Sequence

from payments.sandbox import answers, faults
from payments.sandbox.answers import Answer, Charge, Refund
from payments.sandbox.asks import Asks
from payments.sandbox.charging import Till
from payments.sandbox.control import Control
from payments.sandbox.ledger import LONGEST_LIST
from payments.sandbox.patience import patience

# With charging.MAX_RUNNING still less than the server's threads: the switches stay within reach.
MAX_RUNNING = 8


class LookUps:
    def __init__(
        self,
        till: Till,
        *,
        control: Control | None = None,
        wait: Callable[[float], None] = patience.wait,
    ) -> None:
        self._till = till
        self._control = control or Control()
        self._wait = wait
        self._asks = Asks(MAX_RUNNING)

    def charge(self, charge_id: str) -> Answer:
        return self._answer(lambda: self._charge(charge_id))

    def charges(self, reference: str) -> Answer:
        """Return the reference's charges, newest first."""
        return self._answer(lambda: self._list(reference, self._till.ledger.find_charges))

    def refunds(self, charge_id: str) -> Answer:
        """Return the charge's refunds, newest first."""
        return self._answer(lambda: self._list(charge_id, self._till.refunds.find))

    def _answer(self, look: Callable[[], Answer]) -> Answer:
        with self._asks.place(()) as has_place:
            if not has_place:
                return answers.TOO_MANY_LOOK_UPS
            struck = self._control.strike_look_up()
            if struck is None:
                return look()
            refused = faults.refused(struck)
            if refused is not None:
                return refused
            self._wait(struck.pause_seconds)
            # Read after the wait: a late answer is still a true one.
            return look()

    def _charge(self, charge_id: str) -> Answer:
        known = self._till.ledger.find_charge(charge_id)
        return answers.found(known.as_json()) if known else answers.NOT_FOUND

    def _list(self, about: str, find: Callable[[str], Sequence[Charge | Refund]]) -> Answer:
        # Asked first: what ends in between has left its charge behind.
        is_running = self._till.asks.has(about)
        things = find(about)
        shown = things[:LONGEST_LIST]
        return answers.listed(shown, is_running=is_running, has_more=len(things) > len(shown))
