"""The doctor at the sink's door: unreachable, switched off, closed, and nothing secret repeated."""

import pytest

from tests.evidence.surgery import at, cause, diagnosis, places, tell_of_programs, wrong
from tests.evidence.wrong import nobody, server
from tests.lens.process import LensProcess
from webstore.evidence.doctor.places import Places
from webstore.evidence.doctor.verdict import State


def _sending_to(endpoint: str, lens: LensProcess, **environment: str) -> Places:
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **environment}
    return places(told, metrics_url=lens.pages_url, traces_url=lens.pages_url)


@pytest.fixture(autouse=True)
def _programs(lens: LensProcess) -> None:
    tell_of_programs(lens.otlp_url("/v1/metrics"))


def test_unreachable_sink_is_named(lens: LensProcess) -> None:
    found = diagnosis(_sending_to(nobody(), lens))

    assert (cause(found), found.exit_code) == (("exporter", "OTEL_EXPORTER_OTLP_ENDPOINT"), 1)
    assert "/v1/traces does not answer, so no spans leave." in wrong(found)[0]


def test_port_of_grpc_is_told(lens: LensProcess) -> None:
    found = diagnosis(_sending_to("http://127.0.0.1:4317", lens))

    assert found.cause is not None
    assert found.cause.remedy == "Use the port for OTLP over HTTP, 4318: 4317 speaks gRPC."


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({"OTEL_SDK_DISABLED": "true"}, "OTEL_SDK_DISABLED"),
    ],
)
def test_telemetry_that_is_off_is_named(
    lens: LensProcess, environment: dict[str, str], variable: str
) -> None:
    found = diagnosis(_sending_to(lens.otlp_url(""), lens, **environment))

    assert cause(found) == ("exporter", variable), wrong(found)


def test_door_that_is_none_is_named(lens: LensProcess) -> None:
    found = diagnosis(_sending_to(lens.pages_url, lens))

    assert cause(found) == ("exporter", "OTEL_EXPORTER_OTLP_ENDPOINT")
    assert "/v1/traces answered 404 to our spans" in wrong(found)[0]


def test_door_of_one_signal_is_named_by_its_own_variable(lens: LensProcess) -> None:
    own = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{nobody()}/v1/traces"}

    found = diagnosis(_sending_to(lens.otlp_url(""), lens, **own))

    assert cause(found) == ("exporter", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    assert at(found, "exemplar").state is State.FINE


def test_sink_that_wants_a_key_is_named_without_it(lens: LensProcess) -> None:
    with server(b"who are you", status=401) as door:
        found = diagnosis(_sending_to(door, lens, OTEL_EXPORTER_OTLP_HEADERS="x-key=hush"))

    assert cause(found) == ("exporter", "OTEL_EXPORTER_OTLP_HEADERS")
    assert "hush" not in repr(found)


def test_key_is_sent_and_never_shown(lens: LensProcess) -> None:
    known = _sending_to(lens.otlp_url(""), lens, OTEL_EXPORTER_OTLP_HEADERS="x-key=hush")

    assert known.span_door is not None
    assert dict(known.span_door.headers) == {"x-key": "hush"}
    assert "hush" not in repr(known)


def test_password_in_an_address_is_not_shown(lens: LensProcess) -> None:
    address = nobody().replace("http://", "http://mara:hush@")

    found = diagnosis(places({}, metrics_url=address, traces_url=f"{address}/?key=hush"))

    assert found.exit_code == 1
    assert "hush" not in repr(found)
