"""The doctor by the Collector: what it swallows, refuses or cannot hand on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.evidence import eventually
from tests.evidence.backends import Edit, collector, prometheus, replaced, unchanged
from tests.evidence.choosing import chooser
from tests.evidence.surgery import at, cause, diagnosis, places, tell_of_programs, wrong
from tests.evidence.wrong import nobody, server
from tests.lens.process import LensProcess
from webstore.evidence.doctor.places import Places
from webstore.evidence.doctor.verdict import State

# What a Collector 0.160 told of itself when it was given this processor, but for other numbers.
TAIL_SAMPLING = b"""\
# HELP otelcol_exporter_sent_spans Number of spans successfully sent to destination. [Alpha]
# TYPE otelcol_exporter_sent_spans counter
otelcol_exporter_sent_spans{exporter="otlp_http/tempo",server_address="127.0.0.1",url_path="/v1/traces"} 3
otelcol_processor_memory_limiter_accepted_spans{processor="memory_limiter"} 16
otelcol_processor_tail_sampling_count_traces_sampled{decision="not_sampled",policy="some",sampled="false"} 13
otelcol_processor_tail_sampling_count_traces_sampled{decision="sampled",policy="some",sampled="true"} 3
otelcol_processor_tail_sampling_new_trace_id_received 16
otelcol_receiver_accepted_spans{receiver="otlp",transport="http"} 16
otelcol_receiver_refused_spans{receiver="otlp",transport="http"} 0
"""
PROBABILISTIC = b"""\
otelcol_processor_incoming_items{otel_signal="traces",processor="probabilistic_sampler"} 16
otelcol_processor_outgoing_items{otel_signal="traces",processor="probabilistic_sampler"} 8
otelcol_processor_probabilistic_sampler_count_traces_sampled{policy="trace_id_hash",sampled="false"} 8
"""


@pytest.fixture(scope="module")
def metrics_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("prometheus")) as url:
        yield url


@contextmanager
def _behind(
    folder: Path, metrics_url: str, lens: LensProcess, *, traces_to: str, configuration: Edit = unchanged
) -> Iterator[Places]:
    """Yield what a doctor may look at behind a real Collector."""
    tell_of_programs(f"{metrics_url}/api/v1/otlp/v1/metrics")
    with collector(folder, metrics_to=metrics_url, traces_to=traces_to, configuration=configuration) as (
        door,
        own,
    ):
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": door}
        yield places(
            environment, metrics_url=metrics_url, traces_url=lens.pages_url, collector_metrics_url=own
        )


def test_collector_as_deployed_is_fine(tmp_path: Path, metrics_url: str, lens: LensProcess) -> None:
    with _behind(tmp_path, metrics_url, lens, traces_to=lens.otlp_url("")) as known:
        found = diagnosis(known)

    assert (wrong(found), found.exit_code) == ([], 0)
    assert at(found, "collector").said == "The Collector accepted 8 spans meanwhile and sent 8; none failed."


def test_full_memory_is_named(tmp_path: Path, metrics_url: str, lens: LensProcess) -> None:
    tiny = replaced("limit_mib: 192\n    spike_limit_mib: 48", "limit_mib: 2\n    spike_limit_mib: 1")
    with _behind(tmp_path, metrics_url, lens, traces_to=lens.otlp_url(""), configuration=tiny) as known:
        # It looks at its memory once a second.
        assert eventually(lambda: cause(diagnosis(known)) == ("collector", "memory_limiter"))


def test_exporter_that_leads_nowhere_is_named(tmp_path: Path, metrics_url: str, lens: LensProcess) -> None:
    with _behind(tmp_path, metrics_url, lens, traces_to=nobody()) as known:
        found = diagnosis(known)

    assert cause(found)[0] == "trace", wrong(found)
    assert "its exporter" in cause(found)[1]
    assert (
        at(found, "collector").said == "The Collector accepted our spans and sent none on; it may still try."
    )


def test_exporter_for_metrics_that_leads_nowhere_is_named(
    tmp_path: Path, metrics_url: str, lens: LensProcess
) -> None:
    tell_of_programs(f"{metrics_url}/api/v1/otlp/v1/metrics")
    with collector(tmp_path, metrics_to=nobody(), traces_to=lens.otlp_url("")) as (door, own):
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": door}
        found = diagnosis(
            places(environment, metrics_url=metrics_url, traces_url=lens.pages_url, collector_metrics_url=own)
        )

    assert cause(found)[0] == "prometheus", wrong(found)
    assert "the Collector's exporter for metrics" in cause(found)[1]


@pytest.mark.parametrize(
    ("told", "processor"), [(TAIL_SAMPLING, "tail_sampling"), (PROBABILISTIC, "probabilistic_sampler")]
)
def test_collector_that_chooses_is_named(
    metrics_url: str, lens: LensProcess, told: bytes, processor: str
) -> None:
    tell_of_programs(f"{metrics_url}/api/v1/otlp/v1/metrics")
    with server(told) as own, chooser(lens.otlp_url("/v1/traces"), keep_one_of=3) as door:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"{metrics_url}/api/v1/otlp",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": door,
        }
        found = diagnosis(
            places(environment, metrics_url=metrics_url, traces_url=lens.pages_url, collector_metrics_url=own)
        )

    assert cause(found) == ("collector", f"processors: {processor}"), wrong(found)


def test_choice_is_seen_without_the_collectors_own_numbers(lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    with chooser(lens.otlp_url("/v1/traces"), keep_one_of=3) as door:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url(""),
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": door,
        }
        found = diagnosis(places(environment, metrics_url=lens.pages_url, traces_url=lens.pages_url))

    assert cause(found) == ("trace", "processors: tail_sampling, probabilistic_sampler of the Collector")
    assert (
        at(found, "trace").said == "Of 8 traces that were sent alike 3 arrived: somebody chooses among them."
    )


def test_another_collectors_numbers_are_not_ours(lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    with server(b"otelcol_receiver_accepted_spans 16\n") as own:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}
        found = diagnosis(
            places(
                environment, metrics_url=lens.pages_url, traces_url=lens.pages_url, collector_metrics_url=own
            )
        )

    assert (at(found, "collector").state, found.exit_code) == (State.UNSEEN, 2)
    assert at(found, "collector").setting == "WEBSTORE_COLLECTOR_METRICS_URL"


def test_collector_that_tells_nothing_is_unseen(lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}
    known = places(
        environment,
        metrics_url=lens.pages_url,
        traces_url=lens.pages_url,
        collector_metrics_url=nobody(),
    )

    found = diagnosis(known)

    assert (at(found, "collector").state, found.exit_code) == (State.UNSEEN, 2)
