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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from payments.sandbox import answers
from payments.sandbox.answers import Answer, Charge, Refund
from payments.sandbox.ledger import LONGEST_LIST, Entry, Ledger
from payments.sandbox.parsing import ChargeRequest, RefundRequest
from payments.sandbox.patience import patience
from payments.sandbox.refunds import Refunds
from payments.sandbox.tokens import TOKENS

# Less than the server's threads, so that look-ups get through while many charges hang.
MAX_RUNNING = 24
_REFUND_SECONDS = 0.1

Wanted = ChargeRequest | RefundRequest

logger = logging.getLogger(__name__)


class Till:
    def __init__(
        self,
        ledger: Ledger,
        *,
        wait: Callable[[float], None] = patience.wait,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.ledger = ledger
        self._refunds = Refunds(ledger)
        self._wait = wait
        self._clock = clock
        self._lock = threading.Lock()
        self._running: set[int] = set()

    def charge(self, key: str, wanted: ChargeRequest) -> Answer:
        return self._serve(key, wanted)

    def refund(self, key: str, wanted: RefundRequest) -> Answer:
        return self._serve(key, wanted)

    def _serve(self, key: str, wanted: Wanted) -> Answer:
        if len(self._running) >= MAX_RUNNING:
            return answers.TOO_MANY
        entry = self.ledger.enter(key, wanted, now=self._clock())
        if entry.fingerprint != wanted.fingerprint:
            return answers.OTHER_PARAMETERS
        try:
            return self._answer(entry, wanted)
        except sqlite3.Error:
            # Perhaps it is done already, and a 503 would promise that nothing was stored.
            logger.exception("the ledger failed in the middle of a request")
            return answers.UNCERTAIN

    def list_charges(self, reference: str) -> Answer:
        """Return the reference's charges, newest first."""
        return self._list(reference, self.ledger.find_charges)

    def list_refunds(self, charge_id: str) -> Answer:
        """Return the charge's refunds, newest first."""
        return self._list(charge_id, self._refunds.find)

    def _list(self, about: str, find: Callable[[str], Sequence[Charge | Refund]]) -> Answer:
        # Asked first: what ends in between has left its charge behind.
        with self._lock:
            running = set(self._running)
        is_running = self.ledger.has_entry(about, among=running)
        things = find(about)
        shown = things[:LONGEST_LIST]
        return answers.listed(shown, is_running=is_running, has_more=len(things) > len(shown))

    def _answer(self, entry: Entry, wanted: Wanted) -> Answer:
        if entry.answer is not None:
            return self._replay(entry.id, entry.answer)
        with self._turn(entry.id) as is_mine:
            return self._finish(entry.id, wanted) if is_mine else answers.KEY_IN_USE

    def _finish(self, entry_id: int, wanted: Wanted) -> Answer:
        # The one before us may have finished between our entering and our turn.
        first = self.ledger.first_answer(entry_id)
        if first is not None:
            return self._replay(entry_id, first)
        done = self._done(entry_id)
        if done is not None:
            return self._replay(entry_id, self.ledger.keep_answer(entry_id, done))
        if isinstance(wanted, RefundRequest):
            return self.ledger.keep_answer(entry_id, self._run_refund(entry_id, wanted))
        return self.ledger.keep_answer(entry_id, self._run_charge(entry_id, wanted))

    def _done(self, entry_id: int) -> Answer | None:
        charge, refund = self.ledger.charge_of(entry_id), self._refunds.of(entry_id)
        if charge is not None:
            return answers.charged(charge)
        return answers.found(refund.as_json()) if refund else None

    def _run_refund(self, entry_id: int, wanted: RefundRequest) -> Answer:
        refund = self._refunds.add(entry_id, wanted, now=self._clock())
        self._wait(_REFUND_SECONDS)
        return answers.found(refund.as_json()) if refund else answers.NOT_REFUNDABLE

    def _run_charge(self, entry_id: int, wanted: ChargeRequest) -> Answer:
        token = TOKENS[wanted.source]
        if token.charge_status is None:
            self._wait(token.seconds)
            return answers.BROKEN
        charge = self.ledger.charge(entry_id, wanted, status=token.charge_status, now=self._clock())
        self._wait(token.seconds)
        return answers.charged(charge)

    def _replay(self, entry_id: int, first: Answer) -> Answer:
        self.ledger.count_replay(entry_id)
        return replace(first, is_replayed=True)

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
