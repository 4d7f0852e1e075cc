"""Killed, out of disk, or with a file it cannot use: nothing acknowledged is lost, nothing stays broken."""

import resource
from pathlib import Path

import pytest

from tests.lens.building import OTHER_TRACE, TRACE, span, traces
from tests.lens.process import LensProcess
from webstore.lens.pruning import Limits
from webstore.lens.store import Store

LIMITS = Limits(spans=100, bytes=2**24, age_seconds=60)


def test_what_was_acknowledged_survives_kill_9(own_lens: LensProcess) -> None:
    acknowledged = own_lens.send("/v1/traces", traces(span(1))).status_code
    own_lens.kill()

    own_lens.start()

    assert acknowledged == 200
    assert own_lens.page(f"/api/traces/{TRACE.hex()}").status_code == 200


def test_a_full_disk_asks_senders_to_wait_and_recovers_by_itself(own_lens: LensProcess) -> None:
    own_lens.send("/v1/traces", traces(span(1)))
    limit = resource.prlimit(own_lens.worker_pid, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))

    full = own_lens.send("/v1/traces", traces(span(2, trace=OTHER_TRACE)))
    page = own_lens.page("/")
    resource.prlimit(own_lens.worker_pid, resource.RLIMIT_FSIZE, limit)
    recovered = own_lens.send("/v1/traces", traces(span(2, trace=OTHER_TRACE)))

    assert (full.status_code, full.headers["Retry-After"], recovered.status_code) == (503, "5", 200)
    assert "Nothing can be stored since" in page.text
    assert "Nothing can be stored since" not in own_lens.page("/").text
    assert own_lens.page(f"/api/traces/{OTHER_TRACE.hex()}").status_code == 200


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be looked at" * 50, b"SQLite format 3\0"]
)
def test_a_file_that_is_no_store_is_moved_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "lens.sqlite3"
    path.write_bytes(content)

    Store(path, LIMITS).forget_old()

    assert (tmp_path / "lens.sqlite3.aside").read_bytes() == content
    assert "a new one begins" in caplog.text


def test_a_damaged_store_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "lens.sqlite3"
    Store(path, LIMITS).close()
    path.write_bytes(path.read_bytes()[:8_192] + b"\xff" * 40_000)

    Store(path, LIMITS).forget_old()

    assert (tmp_path / "lens.sqlite3.aside").exists()


def test_a_store_of_another_version_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "lens.sqlite3"
    old = Store(path, LIMITS)
    with old.writing() as db:
        db.execute("PRAGMA user_version = 99")
    old.close()

    Store(path, LIMITS).forget_old()

    assert (tmp_path / "lens.sqlite3.aside").exists()


def test_a_store_is_opened_again_with_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "lens.sqlite3"
    first = Store(path, LIMITS)
    with first.writing() as db:
        db.execute("INSERT INTO departed VALUES ('ab', 1)")
    first.close()

    with Store(path, LIMITS).reading() as db:
        assert db.execute("SELECT trace_id FROM departed").fetchone()[0] == "ab"
