"""The Collector's configuration: taken by the Collector itself, and without what makes dots die."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.binaries import program
from tests.deploy.reading import configuration, run, seconds

COLLECTOR: dict[str, Any] = configuration("collector/collector.yaml")
EXPORTERS: dict[str, dict[str, Any]] = COLLECTOR["exporters"]


def test_the_collector_takes_it(tmp_path: Path) -> None:
    done = run(
        program("otelcol"),
        "validate",
        "--config",
        "collector/collector.yaml",
        COLLECTOR_STORAGE=str(tmp_path),
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_sampled_or_dropped_on_the_way() -> None:
    assert set(COLLECTOR["processors"]) == {"memory_limiter"}
    assert set(COLLECTOR["service"]["pipelines"]) == {"metrics", "traces"}


@pytest.mark.parametrize("name", EXPORTERS)
def test_what_was_taken_is_on_disk_until_the_next_has_it(name: str) -> None:
    queue = EXPORTERS[name]["sending_queue"]

    assert queue["storage"] == "file_storage"
    assert "file_storage" in COLLECTOR["service"]["extensions"]
    # Programs hear at once that there is no room, and keep what they have.
    assert queue["block_on_overflow"] is False


def test_traces_are_never_given_up() -> None:
    assert seconds(EXPORTERS["otlp_http/tempo"]["retry_on_failure"]["max_elapsed_time"]) == 0


def test_metrics_are_tried_for_less_long_than_prometheus_takes_late_ones() -> None:
    tried = seconds(EXPORTERS["otlp_http/prometheus"]["retry_on_failure"]["max_elapsed_time"])
    window = configuration("prometheus/prometheus.yml")["storage"]["tsdb"]["out_of_order_time_window"]

    assert 0 < tried < seconds(window)


def test_one_program_cannot_spoil_the_request_of_another() -> None:
    assert "batch" not in EXPORTERS["otlp_http/prometheus"]["sending_queue"]
    assert "batch" not in json.dumps(COLLECTOR["processors"])
