"""Which sender of its kind this process is: a name and a slot that the next process reuses.

A pid or a random id would start new series at every recycled worker, and two senders with
one id make nonsense of their counters. A lock on a numbered file gives each living process
a slot of its own and frees it at the very moment the process dies, however it dies.
"""

import fcntl
import logging
import os
import tempfile
from pathlib import Path

logger = logging.getLogger(__name__)

# Kept open for the life of the process: closing it would give the slot away.
_held: list[int] = []


def claim_instance_id(service: str) -> str:
    """Return "<WEBSTORE_INSTANCE>/<slot>", holding the slot until this process ends."""
    instance = os.environ.get("WEBSTORE_INSTANCE", service)
    try:
        return f"{instance}/{_claim_slot(instance)}"
    except OSError:
        # Telemetry never stops a program. Its series will be new with each process.
        logger.exception("no slot below WEBSTORE_SLOTS; the process id takes its place")
        return f"{instance}/p{os.getpid()}"


def _slot_directory() -> Path:
    named = os.environ.get("WEBSTORE_SLOTS")
    path = Path(named) if named else Path(tempfile.gettempdir()) / f"webstore-slots-{os.getuid()}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _claim_slot(instance: str) -> int:
    directory = _slot_directory()
    safe = "".join(sign if sign.isalnum() else "-" for sign in instance)
    slot = 0
    while True:
        handle = os.open(directory / f"{safe}.{slot}", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            slot += 1
            continue
        _held.append(handle)
        return slot
