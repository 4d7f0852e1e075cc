"""A wrong value names itself and stops the start; a secret is never shown."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.evidence.pager_process import running_pager
from tests.lens.process import ROOT, free_ports


def _start(**environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "webstore.evidence.pager"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAGER_WEBHOOK_URL", "s3cret"),
        ("PAGER_WEBHOOK_URL", "ftp://s3cret"),
        ("PAGER_WEBHOOK_URL_FILE", "/nowhere/s3cret"),
        ("PAGER_TOKEN_FILE", "/nowhere/s3cret"),
        ("PAGER_TOKEN_FILE", "/dev/null"),
        ("PAGER_DEADLINE_SECONDS", "0"),
        ("PAGER_REPEAT_SECONDS", "-1"),
        ("WEBSTORE_TRACES_URL", "tempo:3200"),
        ("WEBSTORE_TRACE_URL", "javascript:s3cret"),
        ("WEBSTORE_TRACE_URL", "http://lens:8001/traces/s3cret"),
    ],
)
def test_a_wrong_value_names_itself(name: str, value: str) -> None:
    done = _start(**{name: value})

    assert done.returncode == 1
    assert name in done.stderr
    assert "s3cret" not in done.stderr


def test_an_address_in_a_file_is_taken_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("http://127.0.0.1:1/services/s3cret\n")

    with running_pager(tmp_path, PAGER_WEBHOOK_URL_FILE=str(tmp_path / "url")) as pager:
        assert "s3cret" not in pager.log
        assert "this log alone" not in pager.log


def test_a_door_without_a_token_is_told(tmp_path: Path) -> None:
    port = free_ports()[0]
    with running_pager(tmp_path, PAGER_BIND=f"0.0.0.0:{port}") as pager:
        assert f"whoever reaches 0.0.0.0:{port} can send alerts" in pager.log
