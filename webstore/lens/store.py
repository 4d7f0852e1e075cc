"""The store: one writer at a time, any number of readers, never more than its limits."""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from webstore.lens import pruning, schema
from webstore.lens.pruning import Limits

logger = logging.getLogger(__name__)

WRITER_WAIT_SECONDS = 5.0
PRUNE_EVERY_SECONDS = 10.0


class StoreBusyError(sqlite3.OperationalError):
    pass


@dataclass(frozen=True)
class Trouble:
    """Why nothing can be written, and since when (Unix seconds)."""

    reason: str
    since: float


class Store:
    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.trouble: Trouble | None = None
        self._lock = threading.Lock()
        self._writer = schema.open_file(path)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run the block in one transaction, kept within the limits; raises sqlite3.Error when it cannot."""
        if not self._lock.acquire(timeout=WRITER_WAIT_SECONDS):
            raise StoreBusyError("another writer takes too long")
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            yield self._writer
            pruning.keep_within(self._writer, self.limits)
            self._writer.execute("COMMIT")
        except BaseException as error:
            self._note(error)
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise
        else:
            self._note_success()
        finally:
            self._lock.release()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run the block on a snapshot that no writer disturbs."""
        with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA query_only=ON")
            db.execute("BEGIN")
            yield db

    def forget_old(self) -> None:
        with self.writing() as db:
            pruning.forget_older(db, self.limits, now_ns=time.time_ns())

    def start_janitor(self) -> None:
        threading.Thread(target=self._sweep_forever, name="lens-janitor", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            self._writer.close()

    def _sweep_forever(self) -> None:
        while True:
            time.sleep(PRUNE_EVERY_SECONDS)
            try:
                self.forget_old()
            except sqlite3.Error as error:
                logger.warning("old traces could not be removed: %s", error)

    def _note(self, error: BaseException) -> None:
        if isinstance(error, sqlite3.Error) and self.trouble is None:
            logger.error("the store cannot be written: %s", error)
            self.trouble = Trouble(str(error), time.time())

    def _note_success(self) -> None:
        if self.trouble is not None:
            logger.warning("the store can be written again, after %.0f s", time.time() - self.trouble.since)
            self.trouble = None
