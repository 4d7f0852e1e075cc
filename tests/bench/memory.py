"""What a tree of processes really takes: proportional set sizes from /proc."""

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

_NAMES = {
    "webstore.demo.broker": "broker",
    "valkey-server": "broker",
    "redis-server": "redis",
    "otelcol": "collector",
    "alertmanager": "alertmanager",
    "prometheus": "prometheus",
    "tempo.yaml": "tempo",
    "webstore.evidence.pager": "pager",
    "postgres": "postgres",
    "webstore.demo.real": "make run-real itself",
    "webstore.demo": "make run itself",
    "supervisor.supervisord": "supervisor",
    "webstore.lens": "lens",
    "payments.sandbox": "provider",
    "-Q payments": "worker-payments",
    "-Q default": "worker-default",
    "webstore beat": "beat",
    "webstore.wsgi": "web",
}


def pss_by_program(root: int) -> dict[str, int]:
    """Return KiB by program for `root` and every process below it."""
    return _by_program(root, _pss)


def cpu_by_program(root: int) -> dict[str, int]:
    """Return what each has used of a processor so far, in hundredths of a second."""
    return _by_program(root, _ticks)


def _by_program(root: int, measure: Callable[[Path], int]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for pid in _tree(root):
        process = Path("/proc") / str(pid)
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            # Without one it has ended, and its parent hasn't looked yet.
            if command:
                sums[_name(command)] += measure(process)
        except OSError:  # it ended in between
            continue
    return dict(sums)


def _pss(process: Path) -> int:
    found = re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
    return int(found.group(1)) if found else 0


def _ticks(process: Path) -> int:
    # User and system time, its ended children's too.
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children[int(fields[1])].append(int(stat.parent.name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children[pid]
    return found


def _name(command: str) -> str:
    return next((name for sign, name in _NAMES.items() if sign in command), command[:24])
