"""The doctor names what Prometheus is lacking. Prometheus is real, and started as deployed but for that."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.evidence.backends import Edit, collector, prometheus, replaced, unchanged, without
from tests.evidence.surgery import at, cause, diagnosis, places, tell_of_programs, wrong
from tests.lens.process import LensProcess
from webstore.evidence.doctor.places import Places
from webstore.evidence.doctor.verdict import State

FEATURES = "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion"


@contextmanager
def _examined(
    folder: Path, lens: LensProcess, *, flags: Edit = unchanged, configuration: Edit = unchanged
) -> Iterator[Places]:
    """Yield what a doctor may look at: programs send to Prometheus itself, and their spans to a lens."""
    with prometheus(folder, flags=flags, configuration=configuration) as url:
        tell_of_programs(f"{url}/api/v1/otlp/v1/metrics")
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"{url}/api/v1/otlp",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": lens.otlp_url("/v1/traces"),
        }
        yield places(environment, metrics_url=url, traces_url=lens.pages_url)


def test_prometheus_as_deployed_is_fine(tmp_path: Path, lens: LensProcess) -> None:
    with _examined(tmp_path, lens) as known:
        found = diagnosis(known)

    assert (wrong(found), found.exit_code) == ([], 0)
    assert at(found, "prometheus").said == (
        "Prometheus has our value under the contract's name, from its start at 0."
    )
    assert at(found, "exemplar").state is State.FINE


def test_second_examination_is_as_fine_as_the_first(tmp_path: Path, lens: LensProcess) -> None:
    with _examined(tmp_path, lens) as known:
        codes = [diagnosis(known).exit_code for _ in range(3)]
        answer = requests.get(
            f"{known.metrics_url}/api/v1/series", {"match[]": '{__name__=~"webstore_doctor.*"}'}, timeout=5
        )

    assert codes == [0, 0, 0]
    # Count, sum and four buckets, however often it is asked.
    assert len(answer.json()["data"]) == 6


def test_several_doctors_at_once_do_not_disturb_each_other(tmp_path: Path, lens: LensProcess) -> None:
    with _examined(tmp_path, lens) as known, ThreadPoolExecutor(4) as doctors:
        found = list(doctors.map(lambda _: diagnosis(known), range(8)))

    assert [wrong(one) for one in found] == [[]] * 8


@pytest.mark.parametrize(
    ("flags", "configuration", "named"),
    [
        (without("exemplar-storage,"), unchanged, ("exemplar", "--enable-feature=exemplar-storage")),
        (
            without(",created-timestamp-zero-ingestion"),
            unchanged,
            ("prometheus", "--enable-feature=created-timestamp-zero-ingestion"),
        ),
        (
            unchanged,
            without("translation_strategy: UnderscoreEscapingWithoutSuffixes"),
            ("prometheus", "otlp.translation_strategy"),
        ),
        (
            unchanged,
            replaced("UnderscoreEscapingWithoutSuffixes", "NoTranslation"),
            ("prometheus", "otlp.translation_strategy"),
        ),
        (
            unchanged,
            without("out_of_order_time_window: 10m"),
            ("prometheus", "storage.tsdb.out_of_order_time_window"),
        ),
        (
            unchanged,
            replaced("out_of_order_time_window: 10m", "out_of_order_time_window: 1s"),
            ("prometheus", "storage.tsdb.out_of_order_time_window"),
        ),
        (
            unchanged,
            replaced("max_exemplars: 300000", "max_exemplars: 0"),
            ("exemplar", "storage.exemplars.max_exemplars"),
        ),
    ],
    ids=[
        "storage-off",
        "start-times-ignored",
        "suffixes-on",
        "dots-in-names",
        "nothing-late",
        "a-second-late",
        "no-room",
    ],
)
def test_what_is_lacking_is_named(
    tmp_path: Path, lens: LensProcess, flags: Edit, configuration: Edit, named: tuple[str, str]
) -> None:
    with _examined(tmp_path, lens, flags=flags, configuration=configuration) as known:
        found = diagnosis(known)

    assert (cause(found), found.exit_code) == (named, 1), wrong(found)


def test_nothing_else_is_blamed_for_a_storage_that_is_off(tmp_path: Path, lens: LensProcess) -> None:
    with _examined(tmp_path, lens, flags=without("exemplar-storage,")) as known:
        found = diagnosis(known)

    assert wrong(found) == ["exemplar: Prometheus keeps no exemplars."]


def test_receiver_that_is_off_is_named_behind_the_collector(tmp_path: Path, lens: LensProcess) -> None:
    with (
        prometheus(tmp_path, flags=without("--web.enable-otlp-receiver")) as url,
        collector(tmp_path, metrics_to=url, traces_to=lens.otlp_url("")) as (door, own),
    ):
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": door}
        known = places(environment, metrics_url=url, traces_url=lens.pages_url, collector_metrics_url=own)
        found = diagnosis(known)

    assert cause(found) == ("prometheus", "--web.enable-otlp-receiver"), wrong(found)
    assert at(found, "exporter").state is State.FINE
    assert "metric points were not taken" in at(found, "collector").said


def test_receiver_that_is_off_is_named_by_its_own_answer(tmp_path: Path, lens: LensProcess) -> None:
    with prometheus(tmp_path, flags=without("--web.enable-otlp-receiver")) as url:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{url}/api/v1/otlp"}
        found = diagnosis(places(environment, metrics_url=url, traces_url=lens.pages_url))

    assert cause(found) == ("exporter", "--web.enable-otlp-receiver"), wrong(found)
