"""Prometheus' configuration and command line: taken by Prometheus itself, and fit for exemplars."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.binaries import program
from tests.deploy.manifests import programs
from tests.deploy.reading import DEPLOY, configuration, run, seconds
from webstore.telemetry import contract

PROMETHEUS: dict[str, Any] = configuration("prometheus/prometheus.yml")
FLAGS = [line for line in (DEPLOY / "prometheus" / "flags").read_text().splitlines() if line.startswith("--")]


def test_promtool_takes_it_with_all_rules_and_targets() -> None:
    done = run(program("promtool"), "check", "config", "prometheus/prometheus.yml")

    assert done.returncode == 0, done.stderr
    assert re.search(r"SUCCESS: \d+ rules found", done.stdout)
    assert "is valid prometheus config file syntax" in done.stdout


def test_prometheus_takes_the_flags_from_their_file() -> None:
    done = run(program("prometheus"), "@prometheus/flags", "--version")

    assert done.returncode == 0, done.stderr


def test_every_feature_of_the_flags_is_known(tmp_path: Path) -> None:
    # It warns of an unknown one, and goes on without.
    for name in ("prometheus.yml", "flags"):
        shutil.copy(DEPLOY / "prometheus" / name, tmp_path)

    done = run(
        program("prometheus"),
        f"@{tmp_path}/flags",
        f"--config.file={tmp_path}/missing.yml",
        f"--storage.tsdb.path={tmp_path}/data",
    )

    assert "Unknown option" not in done.stderr
    assert "missing.yml" in done.stderr


@pytest.mark.parametrize("needed", ["exemplar-storage", "created-timestamp-zero-ingestion"])
def test_exemplars_are_stored_and_start_times_honoured(needed: str) -> None:
    [features] = [flag.partition("=")[2] for flag in FLAGS if flag.startswith("--enable-feature=")]

    assert needed in features.split(",")
    assert "--web.enable-otlp-receiver" in FLAGS


def test_flags_hold_no_address_and_no_path() -> None:
    assert [flag for flag in FLAGS if "/" in flag or "listen" in flag] == []


def test_the_oldest_go_before_the_disk_is_full() -> None:
    [size] = [flag.partition("=")[2] for flag in FLAGS if "retention.size" in flag]
    [claim] = programs("local")["prometheus"]["spec"]["volumeClaimTemplates"]
    disk = claim["spec"]["resources"]["requests"]["storage"]

    # Both by powers of two. What is not yet compacted, and what is being, needs the rest.
    assert int(size.removesuffix("GB")) <= 0.85 * int(disk.removesuffix("Gi"))


def test_names_are_the_contracts_own() -> None:
    assert PROMETHEUS["otlp"]["translation_strategy"] == "UnderscoreEscapingWithoutSuffixes"
    assert "service.instance.id" in PROMETHEUS["otlp"]["promote_resource_attributes"]


def test_exemplars_may_be_as_late_as_a_program_repeats_them() -> None:
    window = PROMETHEUS["storage"]["tsdb"]["out_of_order_time_window"]

    # Delivered within 60 s or withheld; then the Collector tries.
    tried = configuration("collector/collector.yaml")["exporters"]["otlp_http/prometheus"]["retry_on_failure"]
    assert seconds(window) >= 60 + seconds(tried["max_elapsed_time"])


def test_the_refusals_it_counts_are_scraped() -> None:
    jobs = {scraped["job_name"] for scraped in PROMETHEUS["scrape_configs"]}

    assert jobs >= {"collector", "prometheus"}


def test_no_back_end_brings_dots_that_open_nothing() -> None:
    assert PROMETHEUS["global"]["scrape_protocols"] == ["PrometheusText0.0.4"]
    assert [job for job in PROMETHEUS["scrape_configs"] if "scrape_protocols" in job] == []


def test_links_begin_with_what_the_environment_says_and_are_no_labels() -> None:
    links = PROMETHEUS["global"]["external_labels"]
    [dropped] = [rule["regex"] for rule in PROMETHEUS["alerting"]["alert_relabel_configs"]]

    assert links == {"grafana_url": "${GRAFANA_URL}", "runbooks_url": "${RUNBOOKS_URL}"}
    assert set(dropped.split("|")) == set(links)


def test_every_target_is_told_by_a_file() -> None:
    found = re.findall(r"targets/\w+\.yml", (DEPLOY / "prometheus" / "prometheus.yml").read_text())

    assert {name for name in found if not (DEPLOY / "prometheus" / name).is_file()} == set()
    assert "static_configs" not in (DEPLOY / "prometheus" / "prometheus.yml").read_text()


def test_every_name_in_the_rules_that_looks_like_ours_is() -> None:
    metrics = {spec.name.replace(".", "_") for spec in contract.INSTRUMENTS}
    texts = [path.read_text() for path in (DEPLOY / "prometheus" / "rules").glob("*.yml")]

    named = {name for text in texts for name in re.findall(r"\bwebstore_[a-z_]+", text)}
    assert {re.sub("_(bucket|count|sum)$", "", name) for name in named} - metrics == set()
