"""One charge or refund per key, however often and however many at once ask for it.

That a key is running is a fact of this process, never of the disk: an entry without an
answer that nobody here works on was left behind by a crash. Whoever asks next finishes it,
from its charge if that was written, else from the start. Should two processes ever work on
one entry, the ledger's unique columns still allow one charge and one first answer.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from payments.sandbox import answers, faults
from payments.sandbox.answers import Answer
from payments.sandbox.asks import Asks
from payments.sandbox.connection import Connection, NoConnection
from payments.sandbox.control import Control
from payments.sandbox.ledger import Entry, Ledger
from payments.sandbox.parsing import ChargeRequest, RefundRequest
from payments.sandbox.patience import patience
from payments.sandbox.refunds import Refunds
from payments.sandbox.switches import AT_WORK, ON_THE_LINE, Fault, Switches
from payments.sandbox.tokens import TOKENS

# Less than the server's threads, so that look-ups get through while many charges hang.
MAX_RUNNING = 24
_REFUND_SECONDS = 0.1
_PAUSES = frozenset({Fault.SLOW, Fault.HANG})

Wanted = ChargeRequest | RefundRequest

logger = logging.getLogger(__name__)


class Till:
    def __init__(
        self,
        ledger: Ledger,
        *,
        control: Control | None = None,
        wait: Callable[[float], None] = patience.wait,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.ledger = ledger
        self.refunds = Refunds(ledger)
        self.asks = Asks(MAX_RUNNING)
        self._control = control or Control()
        self._wait = wait
        self._clock = clock
        self._lock = threading.Lock()
        self._running: set[int] = set()

    def charge(self, key: str, wanted: ChargeRequest, connection: Connection | None = None) -> Answer:
        """Return the answer; a fault may have sent it, or nothing at all, over the connection."""
        return self._serve(key, wanted, connection or NoConnection())

    def refund(self, key: str, wanted: RefundRequest, connection: Connection | None = None) -> Answer:
        return self._serve(key, wanted, connection or NoConnection())

    def _serve(self, key: str, wanted: Wanted, connection: Connection) -> Answer:
        # Before the ledger knows of it: else a look-up in between would swear that nothing is running.
        with self.asks.place({wanted.reference, wanted.source}) as has_place:
            if not has_place:
                return answers.TOO_MANY
            struck = self._control.strike(ON_THE_LINE)
            refused = faults.refused(struck) if struck else None
            if refused is not None:
                return refused
            answer = self._enter(key, wanted, struck)
            _send(answer, struck, connection)
            return answer

    def _enter(self, key: str, wanted: Wanted, struck: Switches | None) -> Answer:
        entry = self.ledger.enter(key, wanted, now=self._clock())
        try:
            if entry.fingerprint == wanted.fingerprint:
                return self._answer(entry, wanted, struck)
        except sqlite3.Error:
            # Perhaps it is done already, and a 503 would promise that nothing was stored.
            logger.exception("the ledger failed in the middle of a request")
            return answers.UNCERTAIN
        self._pause(struck)
        return answers.OTHER_PARAMETERS

    def _answer(self, entry: Entry, wanted: Wanted, struck: Switches | None) -> Answer:
        if entry.answer is not None:
            return self._replay(entry.id, entry.answer, struck)
        with self._turn(entry.id) as is_mine:
            if is_mine:
                return self._finish(entry.id, wanted, struck)
        self._pause(struck)
        return answers.KEY_IN_USE

    def _finish(self, entry_id: int, wanted: Wanted, struck: Switches | None) -> Answer:
        # The one before us may have finished between our entering and our turn.
        first = self.ledger.first_answer(entry_id)
        if first is not None:
            return self._replay(entry_id, first, struck)
        done = self._done(entry_id)
        if done is not None:
            return self._replay(entry_id, self.ledger.keep_answer(entry_id, done), struck)
        answer = self._work(entry_id, wanted)
        self._pause(struck)
        return self.ledger.keep_answer(entry_id, answer)

    def _replay(self, entry_id: int, first: Answer, struck: Switches | None) -> Answer:
        self._pause(struck)
        self.ledger.count_replay(entry_id)
        return replace(first, is_replayed=True)

    def _done(self, entry_id: int) -> Answer | None:
        charge, refund = self.ledger.charge_of(entry_id), self.refunds.of(entry_id)
        if charge is not None:
            return answers.charged(charge)
        return answers.found(refund.as_json()) if refund else None

    def _work(self, entry_id: int, wanted: Wanted) -> Answer:
        struck = self._control.strike(AT_WORK)
        fault = struck.fault if struck else Fault.NONE
        if struck and fault == Fault.ERROR_BEFORE:
            return faults.broken(struck)
        if struck and fault == Fault.HANG_BEFORE:
            self._wait(struck.pause_seconds)
        answer = self._charge_or_refund(entry_id, wanted, is_declined=fault == Fault.DECLINE)
        return faults.broken(struck) if struck and fault == Fault.ERROR_AFTER else answer

    def _charge_or_refund(self, entry_id: int, wanted: Wanted, *, is_declined: bool) -> Answer:
        now = self._clock()
        if isinstance(wanted, RefundRequest):
            refund = self.refunds.add(entry_id, wanted, now=now, tellings=self._control.tellings(now))
            self._wait(_REFUND_SECONDS)
            return answers.found(refund.as_json()) if refund else answers.NOT_REFUNDABLE
        token = TOKENS[wanted.source]
        if token.charge_status is None:
            self._wait(token.seconds)
            return answers.BROKEN
        status = "failed" if is_declined else token.charge_status
        tellings = self._control.tellings(now)
        charge = self.ledger.charge(entry_id, wanted, status=status, now=now, tellings=tellings)
        self._wait(token.seconds)
        return answers.charged(charge)

    def _pause(self, struck: Switches | None) -> None:
        if struck and struck.fault in _PAUSES:
            self._wait(struck.pause_seconds)

    @contextmanager
    def _turn(self, entry_id: int) -> Iterator[bool]:
        """Say whether this thread alone works on the entry now."""
        with self._lock:
            is_mine = entry_id not in self._running
            self._running.add(entry_id)
        try:
            yield is_mine
        finally:
            if is_mine:
                with self._lock:
                    self._running.discard(entry_id)


def _send(answer: Answer, struck: Switches | None, connection: Connection) -> None:
    if struck and struck.fault == Fault.LOSE_ANSWER:
        connection.cut()
    if struck and struck.fault == Fault.DRIP:
        connection.drip(answer, seconds=struck.pause_seconds)
