"""One charge per key, however often and however many at once ask for it.

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

from payments.sandbox import answers
from payments.sandbox.answers import Answer
from payments.sandbox.ledger import LONGEST_LIST, Entry, Ledger
from payments.sandbox.parsing import ChargeRequest
from payments.sandbox.patience import patience
from payments.sandbox.tokens import TOKENS

# Less than the server's threads, so that look-ups get through while many charges hang.
MAX_RUNNING = 24

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
        self._wait = wait
        self._clock = clock
        self._lock = threading.Lock()
        self._running: set[int] = set()

    def charge(self, key: str, wanted: ChargeRequest) -> Answer:
        if len(self._running) >= MAX_RUNNING:
            return answers.TOO_MANY
        entry = self.ledger.enter(key, wanted, now=self._clock())
        if entry.fingerprint != wanted.fingerprint:
            return answers.OTHER_PARAMETERS
        try:
            return self._answer(entry, wanted)
        except sqlite3.Error:
            # Perhaps it is charged already, and a 503 would promise that nothing was stored.
            logger.exception("the ledger failed in the middle of a charge")
            return answers.UNCERTAIN

    def list_charges(self, reference: str) -> Answer:
        """Return the reference's charges, newest first."""
        # Asked first: what ends in between has left its charge behind.
        with self._lock:
            running = set(self._running)
        is_running = self.ledger.has_entry(reference, among=running)
        charges = self.ledger.find_charges(reference)
        shown = charges[:LONGEST_LIST]
        return answers.listed(shown, is_running=is_running, has_more=len(charges) > len(shown))

    def _answer(self, entry: Entry, wanted: ChargeRequest) -> Answer:
        if entry.answer is not None:
            return self._replay(entry.id, entry.answer)
        with self._turn(entry.id) as is_mine:
            return self._finish(entry.id, wanted) if is_mine else answers.KEY_IN_USE

    def _finish(self, entry_id: int, wanted: ChargeRequest) -> Answer:
        # The one before us may have finished between our entering and our turn.
        first = self.ledger.first_answer(entry_id)
        if first is not None:
            return self._replay(entry_id, first)
        charge = self.ledger.charge_of(entry_id)
        if charge is not None:
            return self._replay(entry_id, self.ledger.keep_answer(entry_id, answers.charged(charge)))
        return self.ledger.keep_answer(entry_id, self._run(entry_id, wanted))

    def _run(self, entry_id: int, wanted: ChargeRequest) -> Answer:
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
