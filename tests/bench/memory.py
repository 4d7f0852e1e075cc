"""What a tree of processes really takes: proportional set sizes from /proc."""

import re
from collections import defaultdict
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
    sizes: dict[str, int] = defaultdict(int)
    for pid in _tree(root):
        try:
            command = (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            rollup = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
        except OSError:  # it ended in between
            continue
        found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
        sizes[_name(command)] += int(found.group(1)) if found else 0
    return dict(sizes)


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
