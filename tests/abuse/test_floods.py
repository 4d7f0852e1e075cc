"""Many requests that mean harm: one trace id for all, invented hosts, methods and paths."""

import http.client
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests

from tests.abuse.edge_program import running_edge
from tests.e2e.evidence import eventually
from tests.sinks.programs import Programs, Record, Sink

FORGED = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{FORGED}-00f067aa0ba902b7-01"
SERVER_METRIC = "http.server.request.duration"
# By method, route and status: what strangers can add to the routes that exist.
FEW = 12
HUNDREDS = 300
Invent = Callable[[str, int], int]


def _series(record: Record) -> set[tuple[str, ...]]:
    return {tuple(key[2:]) for key, _ in record.values if key[1] == SERVER_METRIC}


def _ask(shop: str, method: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(shop).netloc, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_ten_thousand_requests_with_one_trace_id_are_ten_thousand_traces() -> None:
    with running_edge() as edge:
        told = [edge.ask({"HTTP_TRACEPARENT": PARENT, "HTTP_BAGGAGE": "a=b"}) for _ in range(10_000)]

    assert Counter(answer["status"] for answer in told) == {"200": 10_000}
    assert len({answer["trace_id"] for answer in told} - {FORGED}) == 10_000


def test_nothing_of_a_forged_trace_is_stored_but_a_link(shop: Programs, sink: Sink) -> None:
    with requests.Session() as session:
        sent = {"traceparent": PARENT, "tracestate": "evil=1", "baggage": "user=eve"}
        statuses = {session.get(f"{shop.shop}/cart", headers=sent).status_code for _ in range(HUNDREDS)}

    assert statuses == {200}
    eventually(lambda: sink.record().total(SERVER_METRIC, "http.route=/cart") >= HUNDREDS)
    record = sink.record()
    assert FORGED not in {span["trace_id"] for span in record.spans}
    assert "00f067aa0ba902b7" not in {span["parent_id"] for span in record.spans}
    assert b"evil" not in sink.bodies()


def _hosts(shop: str, number: int) -> int:
    return _ask(shop, "GET", "/cart", Host=f"shop{number}.example")


def _methods(shop: str, number: int) -> int:
    return _ask(shop, f"INVENT{number}", "/cart")


def _paths(shop: str, number: int) -> int:
    return _ask(shop, "GET", f"/invented/{number}/path")


@pytest.mark.parametrize("invent", [_hosts, _methods, _paths])
def test_inventions_make_no_errors_and_few_series(shop: Programs, sink: Sink, invent: Invent) -> None:
    before = _series(sink.record())
    statuses = {invent(shop.shop, number) for number in range(HUNDREDS)}

    eventually(lambda: _series(sink.record()) != before, seconds=5)
    assert statuses <= {400, 403, 404, 405}
    assert len(_series(sink.record()) - before) <= FEW


def test_invented_methods_name_no_spans(shop: Programs, sink: Sink) -> None:
    _ask(shop.shop, "INVENTSPAN", "/cart")
    count = sink.record().total(SERVER_METRIC)
    requests.get(f"{shop.shop}/cart", timeout=10)
    eventually(lambda: sink.record().total(SERVER_METRIC) > count)

    assert b"INVENT" not in sink.bodies()
    assert "INVENT" not in shop.log("web")
