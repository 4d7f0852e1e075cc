"""The heartbeat file of a program that listens on no port: is its main loop turning?

`WEBSTORE_HEARTBEAT` names the file. Celery's own ping needs remote control, which is off, and a
broker: a probe by it would kill every worker as soon as the broker is away.

The probe is `python -m webstore.heartbeat --max-age 30`; it imports nothing but the standard library.
"""

import argparse
import logging
import os
import sys
import time
from pathlib import Path

BEAT_SECONDS = 2.0
# A publish at a broker that hangs takes beat up to 8 s.
USUAL_MAX_AGE_SECONDS = 30.0

logger = logging.getLogger(__name__)


def file() -> Path | None:
    """Return where the heartbeat goes, None when nobody wants one."""
    named = os.environ.get("WEBSTORE_HEARTBEAT")
    return Path(named) if named else None


def beat() -> None:
    """Touch the file. One that cannot be touched never stops a program: the probe will."""
    path = file()
    if path is None:
        return
    try:
        path.touch(mode=0o600)
    except OSError as reason:
        logger.warning("no heartbeat: %s", reason)


def age_seconds(path: Path) -> float:
    """Return how long ago the last beat was; of a file from the future, how far ahead it is.

    Raises OSError when there is none.
    """
    return abs(time.time() - path.stat().st_mtime)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Exit with 0 while a heartbeat is fresh, with 1 otherwise.")
    parser.add_argument("--max-age", type=float, default=USUAL_MAX_AGE_SECONDS, metavar="SECONDS")
    max_age = parser.parse_args(arguments).max_age
    path = file()
    if path is None:
        print("WEBSTORE_HEARTBEAT names no file", file=sys.stderr)
        return 1
    try:
        age = age_seconds(path)
    except OSError as reason:
        print(f"no heartbeat yet: {reason}", file=sys.stderr)
        return 1
    if age > max_age:
        print(f"the last heartbeat was {age:.0f} s ago, more than {max_age:g} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
