"""Whatever trace headers a stranger sends, the trace is ours and nothing of theirs goes on."""

from collections.abc import Iterator

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.abuse.edge_program import Edge, running_edge
from tests.sinks.programs import Programs

FORGED = "0af7651916cd43dd8448eb211c80319c"
_hex = st.text("0123456789abcdefABCDEF", min_size=0, max_size=40)
# What a WSGI server may hand on: latin-1 without line ends.
_text = st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=200)
_parent = st.one_of(
    st.sampled_from([f"00-{FORGED}-b7ad6b7169203331-{flags}" for flags in ("00", "01", "ff")]),
    st.builds("-".join, st.lists(_hex, min_size=1, max_size=6)),
    _text,
)
_state = st.one_of(_text, st.just(",".join(f"k{number}=v" for number in range(40))))
_baggage = st.one_of(_text, st.just("user=eve,role=admin;x=1"), st.just("a=" + "b" * 9000))
_headers = st.fixed_dictionaries(
    {}, optional={"HTTP_TRACEPARENT": _parent, "HTTP_TRACESTATE": _state, "HTTP_BAGGAGE": _baggage}
)


@pytest.fixture(scope="module")
def edge() -> Iterator[Edge]:
    with running_edge() as running:
        yield running


@settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(headers=_headers)
def test_no_forged_header_gets_past_the_edge(edge: Edge, headers: dict[str, str]) -> None:
    told = edge.ask(headers)

    assert (told["status"], told["is_recording"]) == ("200", True)
    assert (told["baggage"], told["state"]) == ({}, "")
    # It has never been seen before, whatever ids were sent.
    assert told["trace_id"] not in edge.trace_ids | {FORGED}
    assert list(told["carrier"]) == ["traceparent"]
    assert told["carrier"]["traceparent"].startswith(f"00-{told['trace_id']}-")
    edge.trace_ids.add(told["trace_id"])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(headers=_headers)
def test_no_forged_header_breaks_a_page(shop: Programs, headers: dict[str, str]) -> None:
    sent = {name.removeprefix("HTTP_"): value.encode("latin-1").strip() for name, value in headers.items()}
    try:
        answer = requests.get(f"{shop.shop}/cart", headers=sent, timeout=10)
    except requests.exceptions.InvalidHeader:
        return

    assert answer.status_code in {200, 400, 431}
