"""The provider's part of a trace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.evidence import eventually
from tests.sandbox.provider import Provider, wanted
from tests.sandbox.shop import SECRET, running_shop
from tests.sandbox.sink import Sink, running_sink

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE_ID}-{CALLER}-01"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink


@pytest.fixture
def traced_provider(tmp_path: Path, sink: Sink) -> Iterator[Provider]:
    slots = str(tmp_path / "slots")
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "WEBSTORE_SLOTS": slots}
    provider = Provider(tmp_path / "ledger.sqlite3", environment)
    provider.start()
    yield provider
    provider.end()


def test_server_span_joins_the_callers_trace(traced_provider: Provider, sink: Sink) -> None:
    traced_provider.charge("k", traceparent=TRACEPARENT)
    traced_provider.stop()

    [(service, span)] = sink.spans
    assert (service, span.name) == ("provider", "POST /v1/charges")
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE_ID, CALLER)
    # The slow card's would be four seconds long.
    assert 0.1e9 <= span.end_time_unix_nano - span.start_time_unix_nano < 4e9


def test_span_of_a_hanging_charge_leaves_before_the_end(traced_provider: Provider, sink: Sink) -> None:
    with pytest.raises(OSError, match="timed out"):
        traced_provider.charge("k", wanted(source="tok_timeout"), timeout=0.5, traceparent=TRACEPARENT)

    traced_provider.stop()

    assert [span.trace_id.hex() for _, span in sink.spans] == [TRACE_ID]


def test_telling_the_shop_is_no_part_of_any_trace(traced_provider: Provider, sink: Sink) -> None:
    with running_shop() as shop:
        traced_provider.stop()
        traced_provider.environment |= shop.environment
        traced_provider.start()
        traced_provider.put(webhooks={"delay_seconds": [0, 0], "shuffle": False})
        traced_provider.charge("k", traceparent=TRACEPARENT)
        eventually(lambda: shop.heard)
        traced_provider.stop()

    assert [span.name for _, span in sink.spans] == ["PUT /v1/control", "POST /v1/charges"]
    assert "traceparent" not in {name.lower() for name in shop.heard[0].headers}
    assert not [span for _, span in sink.spans if SECRET in str(span)]
