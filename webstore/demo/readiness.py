"""When everything answers: web programs by HTTP, broker and workers by their own word."""

import urllib.request
from pathlib import Path

from webstore.demo.programs import Program
from webstore.demo.stage import Stage

_TIMEOUT_SECONDS = 2
# A proxy of the environment knows nothing of our loopback addresses.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def not_ready(stage: Stage) -> list[str]:
    """Return the names of the programs that do not answer yet."""
    # Reading a log is cheap, and asking is not: who has to speak first is asked first.
    spoken = [program for program in stage.programs if program.says]
    asked = [program for program in stage.programs if program.answers_at]
    silent = [program.name for program in spoken if not _says_ready(program, stage.places.logs)]
    return silent + [program.name for program in asked if not _answers(program.answers_at)]


def _says_ready(program: Program, logs: Path) -> bool:
    log = logs / f"{program.name}.log"
    return log.exists() and program.says in log.read_text(errors="replace")


def _answers(url: str) -> bool:
    try:
        with _opener.open(url, timeout=_TIMEOUT_SECONDS):
            return True
    except OSError:
        return False
