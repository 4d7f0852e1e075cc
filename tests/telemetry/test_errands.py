"""Bounded work at the end of a process."""

import threading

import pytest

from webstore.telemetry.errands import Errands


def test_errand_is_done_in_time() -> None:
    did: list[str] = []

    assert Errands().run(lambda: did.append("sent"), seconds=5)
    assert did == ["sent"]


def test_nobody_waits_for_a_slow_errand() -> None:
    is_over = threading.Event()

    assert not Errands().run(is_over.wait, seconds=0.05)
    is_over.set()


def test_errand_needs_no_new_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    errands = Errands()
    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert errands.run(lambda: None, seconds=5)
