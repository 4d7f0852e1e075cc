"""Doing to a running tree what the plan says."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

from redis import Redis
from redis.exceptions import RedisError

from tests.e2e.evidence import eventually
from tests.faults.chaos.plan import Fault
from tests.faults.tree import Tree

# A program takes so long to come back where the machine is busy.
_PATIENCE_SECONDS = 45

# So long may it take until somebody comes to the moment at which to die.
_WISH_SECONDS = 20

# Returns False where nobody was there to break.
Breaking = Callable[[Tree, Fault], bool]


def break_it(tree: Tree, fault: Fault) -> bool:
    """Make one fault happen, and mend it when its time is over; return whether it did happen."""
    return BREAKING[fault.kind](tree, fault)


def _kill_all_of(program: str) -> Breaking:
    return lambda tree, _fault: _kill(tree, tree.pids(program))


def _kill_main_of(program: str) -> Breaking:
    return lambda tree, _fault: _kill(tree, tree.pids(program)[:1])


def _kill_child_of(program: str) -> Breaking:
    return lambda tree, fault: _kill(tree, _picked(tree.pids(program)[1:], fault))


def _kill(tree: Tree, pids: Sequence[int]) -> bool:
    tree.kill(pids)
    return bool(pids)


def _freeze(tree: Tree, pids: Sequence[int], fault: Fault) -> bool:
    tree.kill(pids, signal.SIGSTOP)
    time.sleep(fault.seconds)
    tree.kill(pids, signal.SIGCONT)
    return bool(pids)


def _freeze_child(tree: Tree, fault: Fault) -> bool:
    return _freeze(tree, _picked(tree.pids("worker-payments")[1:], fault), fault)


def _picked(pids: Sequence[int], fault: Fault) -> Sequence[int]:
    # Nobody, where the one before has not yet been replaced.
    return [pids[int(fault.pick * len(pids))]] if pids else []


def _kill_at(point: str) -> Breaking:
    def leave_wish(tree: Tree, _fault: Fault) -> bool:
        name = f"kill-at-{point}"
        # One that nobody has taken yet is no second death.
        if (tree.wishes / name).exists():
            return False
        wish = tree.wish(name)
        return eventually(lambda: not wish.exists(), seconds=_WISH_SECONDS)

    return leave_wish


def _freeze_broker(tree: Tree, fault: Fault) -> bool:
    return _freeze(tree, tree.pids("broker"), fault)


def _empty_broker(tree: Tree, _fault: Fault) -> bool:
    with closing(Redis(unix_socket_path=os.fspath(tree.places.broker_socket), socket_timeout=2)) as broker:
        _insist(broker.flushall)
    return True


def _insist(call: Callable[[], object]) -> None:
    """Call somebody who may still be on the way back from the fault before."""
    gives_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            call()
        except (OSError, RedisError):
            if time.monotonic() > gives_up_at:
                raise
            time.sleep(0.2)
        else:
            return


def _lock_database(tree: Tree, fault: Fault) -> bool:
    with closing(sqlite3.connect(tree.places.data / "shop.sqlite3", timeout=10)) as db:
        db.execute("BEGIN IMMEDIATE")
        time.sleep(fault.seconds)
        db.execute("ROLLBACK")
    return True


def _spoil_provider(switch: str, **details: object) -> Breaking:
    def spoil(tree: Tree, fault: Fault) -> bool:
        # Some requests get through, as in real life.
        some = {"share": 0.5 + 0.5 * fault.pick, "seed": int(fault.pick * 1_000)}
        _insist(lambda: tree.provider.switch(switch, **some, **details))
        time.sleep(fault.seconds)
        _insist(tree.provider.reset)
        return True

    return spoil


BREAKING: Mapping[str, Breaking] = {
    "child killed": _kill_child_of("worker-payments"),
    "child killed before its claim": _kill_at("before_claim"),
    "child killed after its claim": _kill_at("after_claim"),
    "child killed with its request sent": _kill_at("request_sent"),
    "child killed with the answer in": _kill_at("answer_in"),
    "child killed before its commit": _kill_at("before_commit"),
    "child frozen": _freeze_child,
    "payment worker killed": _kill_main_of("worker-payments"),
    "default worker killed": _kill_main_of("worker-default"),
    "web worker killed": _kill_child_of("web"),
    "beat killed": _kill_all_of("beat"),
    "broker killed": _kill_all_of("broker"),
    "broker frozen": _freeze_broker,
    "broker emptied": _empty_broker,
    "database locked": _lock_database,
    "provider killed": _kill_all_of("provider"),
    "provider slow": _spoil_provider("slow", seconds=3.0),
    "provider hangs": _spoil_provider("hang", seconds=10.0),
    "provider drips": _spoil_provider("drip", seconds=2.0),
    "provider limits the rate": _spoil_provider("rate_limit", retry_after=2),
    "provider unavailable": _spoil_provider("unavailable"),
    "provider fails before it charges": _spoil_provider("error_before", status=500),
    "provider fails after it charged": _spoil_provider("error_after", status=502),
    "provider's answers lost": _spoil_provider("lose_answer"),
}
