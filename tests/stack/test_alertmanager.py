"""The real Alertmanager, by its file of `deploy/`, and the pager: nothing is lost, nothing said twice."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.binaries import skip_without
from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT
from tests.evidence.pager_process import PagerProcess, running_pager
from tests.evidence.webhook import Webhook, webhook
from tests.lens.process import free_ports
from webstore.demo import backends

FILE = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
# `group_wait: 10s`, `group_interval: 1m`; and a busy machine.
_FIRST_SECONDS, _NEXT_SECONDS = 45, 100


@dataclass(frozen=True)
class Story:
    chat: Webhook
    pager: PagerProcess
    folder: Path

    @contextmanager
    def alertmanager(self) -> Iterator[str]:
        """Run one that remembers nothing of an earlier one; yield its address."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        (self.folder / "alertmanager.yml").write_text(
            FILE.read_text().replace("pager:8003", f"127.0.0.1:{self.pager.port}")
        )
        address = f"127.0.0.1:{free_ports()[0]}"
        with (self.folder / "alertmanager.log").open("a") as log:
            process = subprocess.Popen(
                [
                    str(backends.find("alertmanager")),
                    f"--config.file={self.folder / 'alertmanager.yml'}",
                    f"--storage.path={self.folder / 'data'}",
                    f"--web.listen-address={address}",
                    "--cluster.listen-address=",
                ],
                stdout=log,
                stderr=log,
            )
        try:
            assert eventually(lambda: _answers(f"http://{address}"))
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(20)


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/-/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


def _raise_alert(address: str, **times: str) -> None:
    alert = {
        "labels": {"alertname": "HighPaymentLatency", "severity": "critical"},
        "annotations": {"summary": "Payments are slow"},
        **times,
    }
    assert requests.post(f"{address}/api/v2/alerts", json=[alert], timeout=10).ok


def _notified_count(address: str) -> float:
    """Return how many notifications the pager took from this Alertmanager."""
    lines = requests.get(f"{address}/metrics", timeout=10).text.splitlines()
    counts = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}
    label = '{integration="webhook"}'
    return (
        counts[f"alertmanager_notifications_total{label}"]
        - counts[f"alertmanager_notifications_failed_total{label}"]
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    skip_without("alertmanager")
    folder = tmp_path_factory.mktemp("alertmanager")
    with webhook() as chat, running_pager(folder, PAGER_WEBHOOK_URL=chat.url) as pager:
        yield Story(chat, pager, folder)


def _titles(story: Story) -> list[str]:
    return [text.splitlines()[0] for text in story.chat.texts]


def test_what_could_not_be_delivered_comes_again(story: Story) -> None:
    story.chat.statuses = [500] * 4
    with story.alertmanager() as address:
        _raise_alert(address)
        assert eventually(lambda: len(story.chat.requests) == 5, seconds=_FIRST_SECONDS)
        assert eventually(lambda: _notified_count(address) == 1)

    assert _titles(story) == ["*FIRING: HighPaymentLatency* (critical)"] * 5


def test_an_alertmanager_that_forgot_says_nothing_twice(story: Story) -> None:
    said = _titles(story)
    with story.alertmanager() as address:
        _raise_alert(address)
        assert eventually(lambda: _notified_count(address) == 1, seconds=_FIRST_SECONDS)

    assert _titles(story) == said


def test_the_end_is_told_once(story: Story) -> None:
    said = _titles(story)
    with story.alertmanager() as address:
        _raise_alert(address)
        assert eventually(lambda: _notified_count(address) == 1, seconds=_FIRST_SECONDS)
        _raise_alert(address, endsAt=datetime.now(UTC).isoformat())
        assert eventually(lambda: len(story.chat.requests) > len(said), seconds=_NEXT_SECONDS)
        time.sleep(1)

    assert _titles(story)[len(said) :] == ["*RESOLVED: HighPaymentLatency* (critical)"]
