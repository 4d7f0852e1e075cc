"""Slots: one for each living process, reused after death."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from webstore.telemetry.instance import claim_instance_id

_HOLD = (
    "import sys; from webstore.telemetry.instance import claim_instance_id; "
    "print(claim_instance_id('worker'), flush=True); sys.stdin.read()"
)


def _sender(slots: Path) -> "subprocess.Popen[str]":
    environment = {"WEBSTORE_SLOTS": str(slots), "WEBSTORE_INSTANCE": "worker-7f9c"}
    return subprocess.Popen(
        [sys.executable, "-c", _HOLD],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _id(sender: "subprocess.Popen[str]") -> str:
    assert sender.stdout is not None
    return sender.stdout.readline().strip()


def _end(*senders: "subprocess.Popen[str]") -> None:
    for sender in senders:
        sender.kill()
        sender.communicate()


def test_living_senders_have_different_ids(tmp_path: Path) -> None:
    first = _sender(tmp_path)
    first_id = _id(first)
    second = _sender(tmp_path)
    second_id = _id(second)
    _end(first, second)

    assert [first_id, second_id] == ["worker-7f9c/0", "worker-7f9c/1"]


def test_killed_sender_gives_its_slot_to_the_next(tmp_path: Path) -> None:
    first = _sender(tmp_path)
    first_id = _id(first)
    _end(first)
    second = _sender(tmp_path)
    second_id = _id(second)
    _end(second)

    assert first_id == second_id == "worker-7f9c/0"


def test_odd_name_makes_no_odd_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setenv("WEBSTORE_SLOTS", str(tmp_path))
    monkeypatch.setenv("WEBSTORE_INSTANCE", "../pod name")

    assert claim_instance_id("web") == "../pod name/0"
    assert [path.name for path in tmp_path.iterdir()] == ["---pod-name.0"]


def test_missing_slots_stop_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WEBSTORE_SLOTS", str(tmp_path / "file" / "slots"))
    monkeypatch.setenv("WEBSTORE_INSTANCE", "web")

    assert claim_instance_id("web") == f"web/p{os.getpid()}"
