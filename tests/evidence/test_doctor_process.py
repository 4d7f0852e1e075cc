"""The doctor by the programs. They are real processes, started with the mistake they are about."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.evidence import eventually
from tests.evidence.backends import prometheus
from tests.evidence.programs import program_running
from tests.evidence.surgery import at, cause, diagnosis, places, tell_of_programs, wrong
from tests.lens.process import LensProcess
from webstore.evidence.client import ReadSide
from webstore.evidence.doctor.places import Places
from webstore.evidence.doctor.verdict import State
from webstore.telemetry import contract


@pytest.fixture
def lens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LensProcess]:
    """Return a lens of one test: what a process told would stay for the next one."""
    process = LensProcess(tmp_path_factory.mktemp("lens"))
    process.start()
    yield process
    process.stop()


def _by_the_lens(lens: LensProcess) -> Places:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}
    return places(environment, metrics_url=lens.pages_url, traces_url=lens.pages_url)


def _await(lens: LensProcess, query: str, *, at_least: float = 0) -> None:
    with ReadSide(metrics_url=lens.pages_url, traces_url=lens.pages_url) as asked:
        assert eventually(lambda: sum(found.value for found in asked.query(query)) > at_least)


@pytest.mark.parametrize(
    ("mistake", "environment", "hop", "setting"),
    [
        ("default-buckets", {}, "buckets", "explicit_bucket_boundaries_advisory"),
        ("no-view", {}, "process", "the View of webstore/telemetry/pipeline.py"),
        (
            "",
            {"WEBSTORE_TRACE_RATIO": "0", "WEBSTORE_EXEMPLAR_TRACES_PER_SECOND": "0"},
            "process",
            "WEBSTORE_EXEMPLAR_TRACES_PER_SECOND",
        ),
    ],
    ids=["default-buckets", "no-view", "no-budget"],
)
def test_mistake_of_a_program_is_named(
    tmp_path: Path, lens: LensProcess, mistake: str, environment: dict[str, str], hop: str, setting: str
) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    sent_to = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url(""), **environment}
    with program_running(tmp_path, "tests.evidence.shop_program", "web", mistake, **sent_to):
        _await(lens, "webstore_payment_duration_count", at_least=20)
        found = diagnosis(_by_the_lens(lens))

    assert (cause(found)[0], found.exit_code) == (hop, 1), wrong(found)
    assert setting in cause(found)[1]


def test_program_as_it_is_makes_no_mistake(tmp_path: Path, lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    sent_to = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}
    with program_running(tmp_path, "tests.evidence.shop_program", "web", **sent_to):
        _await(lens, 'webstore_exemplars{state="published"}')
        found = diagnosis(_by_the_lens(lens))

    assert (wrong(found), found.exit_code) == ([], 0)
    assert at(found, "buckets").said == "All histograms with values (1) have the contract's boundaries."


def test_default_buckets_are_named_by_prometheus_too(tmp_path: Path, lens: LensProcess) -> None:
    with prometheus(tmp_path) as url:
        door = f"{url}/api/v1/otlp"
        tell_of_programs(f"{door}/v1/metrics")
        spans = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": lens.otlp_url("/v1/traces")}
        sent_to = {"OTEL_EXPORTER_OTLP_ENDPOINT": door, **spans}
        known = places(sent_to, metrics_url=url, traces_url=lens.pages_url)
        with program_running(tmp_path, "tests.evidence.shop_program", "web", "default-buckets", **sent_to):
            found = eventually(lambda: cause(diagnosis(known))[0] == "buckets")

    assert found


def test_provider_built_before_the_fork_is_named(tmp_path: Path, lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    gunicorn = ("gunicorn", "-c", "tests/evidence/early_gunicorn.py", "tests.lifecycle.site")
    own = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url(""),
        "DJANGO_SETTINGS_MODULE": "tests.lifecycle.settings",
        "WEB_BIND": f"unix:{tmp_path / 'web.sock'}",
    }
    with program_running(tmp_path, *gunicorn, **own):
        _await(lens, 'webstore_telemetry_info{built_after_fork="false"}')
        found = diagnosis(_by_the_lens(lens))

    assert cause(found)[0] == "process", wrong(found)
    assert cause(found)[1].startswith("lifecycle.start (gunicorn: post_fork")
    assert "Telemetry was built before the fork in web:" in wrong(found)[0]


def test_two_replicas_with_one_instance_id_are_named(tmp_path: Path, lens: LensProcess) -> None:
    with prometheus(tmp_path) as url, ExitStack() as replicas:
        door = f"{url}/api/v1/otlp"
        tell_of_programs(f"{door}/v1/metrics")
        spans = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": lens.otlp_url("/v1/traces")}
        sent_to = {"OTEL_EXPORTER_OTLP_ENDPOINT": door, **spans}
        for replica in ("one", "other"):
            # Each has a folder of slots of its own, as two machines have.
            (folder := tmp_path / replica).mkdir()
            replicas.enter_context(program_running(folder, "tests.evidence.shop_program", "web", **sent_to))
        known = places(sent_to, metrics_url=url, traces_url=lens.pages_url)
        found = eventually(lambda: cause(diagnosis(known))[1].startswith("WEBSTORE_INSTANCE"))
        told = diagnosis(known)

    assert found, wrong(told)
    assert "process: Two processes call themselves web/0, so that their counters make nonsense." in wrong(
        told
    )


def test_program_that_tells_nothing_is_named(lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"), (contract.WEB, contract.WORKER))

    found = diagnosis(_by_the_lens(lens))

    assert cause(found) == ("process", "OTEL_EXPORTER_OTLP_ENDPOINT of beat")


def test_silence_of_all_programs_is_theirs_when_the_way_is_open(lens: LensProcess) -> None:
    found = diagnosis(_by_the_lens(lens))

    assert cause(found) == ("process", "OTEL_EXPORTER_OTLP_ENDPOINT of web, worker and beat")
    assert at(found, "exemplar").state is State.FINE
