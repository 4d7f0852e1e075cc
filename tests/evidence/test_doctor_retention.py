"""Traces live at least as long as any dashboard shows their dots."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.evidence.backends import DEPLOY, Edit, prometheus, replaced, tempo, unchanged
from tests.evidence.surgery import at, diagnosis, places, tell_of_programs, wrong
from tests.evidence.wrong import server
from tests.lens.process import LensProcess
from webstore.demo import backends
from webstore.evidence.doctor.places import Places
from webstore.evidence.doctor.retention import longest_range, seconds_of, told
from webstore.evidence.doctor.verdict import State

DASHBOARDS = DEPLOY / "grafana" / "dashboards"
SHORT: Edit = replaced("block_retention: 336h", "block_retention: 48h")
# Of what Tempo 3.0 answers at /status/config, the lines around each of its retentions.
STATUS_CONFIG = """\
GET /status/config
---
target: all
backend_scheduler:
    provider:
        compaction:
            compaction:
                max_block_bytes: 107374182400
                block_retention: {retention}
                compacted_block_retention: 1h0m0s
backend_worker:
    compaction:
        block_retention: {retention}
        compacted_block_retention: 1h0m0s
overrides:
    defaults:
        compaction:
            block_retention: 0s
"""


@pytest.fixture(scope="module")
def metrics_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("prometheus")) as url:
        yield url


def _known(metrics_url: str, traces_url: str, lens: LensProcess) -> Places:
    tell_of_programs(f"{metrics_url}/api/v1/otlp/v1/metrics")
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{metrics_url}/api/v1/otlp",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": lens.otlp_url("/v1/traces"),
    }
    return places(environment, metrics_url=metrics_url, traces_url=traces_url, dashboards=DASHBOARDS)


@pytest.mark.parametrize(("edit", "named"), [(unchanged, ""), (SHORT, "block_retention (Tempo)")])
def test_tempo_is_asked_how_long_it_keeps(
    tmp_path: Path, metrics_url: str, lens: LensProcess, edit: Edit, named: str
) -> None:
    with _tempo(tmp_path, edit) as url:
        found = diagnosis(_known(metrics_url, url, lens))

    assert at(found, "retention").setting == named, wrong(found)


@contextmanager
def _tempo(folder: Path, edit: Edit) -> Iterator[str]:
    """Run Tempo as deployed but for `edit`; without one, answer as one did that was."""
    if backends.find("tempo") is not None:
        with tempo(folder, configuration=edit) as (url, _):
            yield url
        return
    [kept, *_] = re.findall(r"block_retention: (\d+h)", edit((DEPLOY / "tempo" / "tempo.yaml").read_text()))
    with server(STATUS_CONFIG.format(retention=f"{kept}0m0s").encode()) as url:
        yield url


@pytest.mark.parametrize(
    ("retention", "said"),
    [
        ("48h0m0s", "Dots outlive their traces: traces are kept 2 d, "),
        ("336h0m0s", "Traces are kept 14 d, "),
    ],
)
def test_recorded_tempo_is_judged_alike(
    metrics_url: str, lens: LensProcess, retention: str, said: str
) -> None:
    with server(STATUS_CONFIG.format(retention=retention).encode()) as url:
        found = diagnosis(_known(metrics_url, url, lens))

    assert at(found, "retention").said.startswith(said)


@pytest.mark.parametrize("text", ["", "block_retention: soon", "block_retention: " + "9" * 99, "\x1b" * 99])
def test_store_that_does_not_tell_is_not_judged(metrics_url: str, lens: LensProcess, text: str) -> None:
    with server(text.encode()) as url:
        found = diagnosis(_known(metrics_url, url, lens))

    assert at(found, "retention").state is State.ABSENT


def test_longest_range_of_the_dashboards_is_found() -> None:
    seconds, _ = longest_range(DASHBOARDS)

    assert seconds == 7 * 86_400


@pytest.mark.parametrize(
    ("text", "seconds"), [("48h0m0s", 172_800), ("7d", 604_800), ("90s", 90), ("", 0), ("now", 0), ("5x", 0)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


def test_durations_are_told() -> None:
    assert [told(seconds) for seconds in (30, 90, 7_200, 604_800)] == ["30 s", "1.5 min", "2 h", "7 d"]
