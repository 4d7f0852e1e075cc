"""Tempo's configuration: Tempo 3 takes it, and no dashboard shows a dot whose trace is gone."""

import json
import re
from pathlib import Path
from typing import Any

from tests.deploy.reading import DEPLOY, configuration, run, seconds
from webstore.demo import backends

TEMPO: dict[str, Any] = configuration("tempo/tempo.yaml")
# Measured without a single customer: sweeps and audits are tasks too.
IDLE_EXEMPLARS_PER_SECOND = 0.5
# Tempo 2 had these; Tempo 3 does not start with them.
GONE = {"ingester", "compactor", "ingester_client", "metrics_generator_client"}


# Not a skip: nothing installs Tempo, so only whoever has it can ask it. The rest reads the text.
if (tempo := backends.find("tempo")) is not None:
    program = tempo

    def test_tempo_takes_it_without_a_warning(tmp_path: Path) -> None:
        flags = ("-config.file=tempo/tempo.yaml", "-config.expand-env=true", "-config.verify=true")

        done = run(program, *flags, TEMPO_STORAGE=str(tmp_path))

        assert done.returncode == 0, done.stderr


def test_it_has_no_block_of_tempo_2() -> None:
    assert GONE & set(TEMPO) == set()


def test_both_parts_that_delete_agree_when() -> None:
    assert _retention() == seconds(TEMPO["backend_worker"]["compaction"]["block_retention"])


def test_what_it_has_taken_is_on_disk_soon() -> None:
    store = TEMPO["live_store"]

    assert seconds(store["flush_check_period"]) + seconds(store["max_trace_live"]) <= 3


def test_all_it_writes_is_below_one_folder() -> None:
    paths = re.findall(r"(?:path|dir): (\S+)", (DEPLOY / "tempo" / "tempo.yaml").read_text())

    assert len(paths) == 5
    assert [path for path in paths if not path.startswith("${TEMPO_STORAGE:-/var/tempo}/")] == []


def test_traces_outlive_what_dashboards_show_and_that_outlives_exemplars() -> None:
    shown = [_range(path) for path in (DEPLOY / "grafana" / "dashboards").glob("*.json")]

    assert shown
    assert _retention() >= max(shown) >= _exemplar_life()


def _retention() -> float:
    return seconds(TEMPO["backend_scheduler"]["provider"]["compaction"]["compaction"]["block_retention"])


def _range(dashboard: Path) -> float:
    """Return the longest range a dashboard offers."""
    drawn = json.loads(dashboard.read_text())
    offered = [drawn["time"], *drawn["timepicker"]["quick_ranges"]]
    return max(seconds(span["from"].removeprefix("now-")) for span in offered)


def _exemplar_life() -> float:
    """Return how long the ring holds an exemplar at most: new ones push it out."""
    ring = configuration("prometheus/prometheus.yml")["storage"]["exemplars"]["max_exemplars"]
    return float(ring / IDLE_EXEMPLARS_PER_SECOND)
