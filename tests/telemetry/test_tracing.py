"""Our own spans and what marks them as failed."""

import pytest
from opentelemetry.trace import StatusCode

from tests.recording import Telemetry
from webstore.telemetry.tracing import span


class SoldOut(Exception):
    """What a shop says every day."""


def test_exception_marks_its_span(telemetry: Telemetry) -> None:
    with pytest.raises(ValueError, match="broken"), span("payment"):
        raise ValueError("broken")

    [recorded] = telemetry.spans("payment")
    assert recorded.status.status_code is StatusCode.ERROR
    assert [event.name for event in recorded.events] == ["exception"]


def test_expected_exception_leaves_its_span_unmarked(telemetry: Telemetry) -> None:
    with pytest.raises(SoldOut), span("check_inventory", expected=(SoldOut,)):
        raise SoldOut

    [recorded] = telemetry.spans("check_inventory")
    assert recorded.status.status_code is StatusCode.UNSET
    assert recorded.events == ()


def test_end_of_the_process_marks_what_it_cuts(telemetry: Telemetry) -> None:
    with pytest.raises(SystemExit), span("payment"):
        raise SystemExit(1)

    [recorded] = telemetry.spans("payment")
    assert recorded.status.status_code is StatusCode.ERROR


def test_reader_who_leaves_is_no_failure(telemetry: Telemetry) -> None:
    with pytest.raises(GeneratorExit), span("body"):
        raise GeneratorExit

    [recorded] = telemetry.spans("body")
    assert recorded.status.status_code is StatusCode.UNSET
