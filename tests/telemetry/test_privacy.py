"""Nothing personal leaves the process."""

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from tests.recording import Telemetry
from webstore.telemetry import contract
from webstore.telemetry.privacy import stripped
from webstore.telemetry.tracing import span

SECRET = "mara@example.com"


def _exported(recorded: ReadableSpan) -> ReadableSpan:
    return stripped(recorded, {})


def test_only_listed_attributes_leave(telemetry: Telemetry) -> None:
    with span("request", {contract.COUNTRY: "US", "url.path": f"/orders/{SECRET}", "email": SECRET}):
        pass

    sent = _exported(telemetry.spans()[0])

    assert dict(sent.attributes or {}) == {"country": "US"}


def test_exception_leaves_as_type_and_place(telemetry: Telemetry) -> None:
    with pytest.raises(ValueError, match=SECRET), span("payment"):
        raise ValueError(SECRET)

    sent = _exported(telemetry.spans()[0])

    assert SECRET not in sent.to_json()
    [event] = sent.events
    attributes = dict(event.attributes or {})
    assert attributes["exception.type"] == "ValueError"
    assert str(attributes["exception.place"]).startswith("telemetry/test_privacy.py:")


def test_identity_and_times_stay(telemetry: Telemetry) -> None:
    with span("outer"), span("inner"):
        pass

    recorded = telemetry.spans("inner")[0]
    sent = _exported(recorded)

    assert (sent.context, sent.parent) == (recorded.context, recorded.parent)
    assert (sent.start_time, sent.end_time) == (recorded.start_time, recorded.end_time)
