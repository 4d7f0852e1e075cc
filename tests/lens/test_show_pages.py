"""The pages as a browser without scripts gets them."""

import re
import time

import pytest

from tests.lens.building import (
    OTHER_TRACE,
    SECOND,
    TRACE,
    counter,
    exemplar,
    histogram,
    histogram_point,
    metrics,
    span,
    traces,
)
from tests.lens.process import LensProcess

METRIC = "/metrics/shop.payment.duration"


def _shown(lens: LensProcess, path: str, **parameters: str) -> str:
    """Return a page as it reads: white space is one blank, none beside a tag."""
    page = lens.page(path, params=parameters)
    assert page.status_code == 200
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", re.sub(r"\s+", " ", page.text))


@pytest.fixture(scope="module")
def filled(lens: LensProcess) -> LensProcess:
    now = time.time_ns() - 5 * SECOND
    lens.send("/v1/traces", traces(span(1, start_ns=now, name="POST /checkout", webstore__kept="crossing")))
    charge = span(2, parent=1, start_ns=now, name="charge", failed=True, note="<b>bold</b>")
    lens.send("/v1/traces", traces(charge, service="worker"))
    lens.send("/v1/traces", traces(span(3, parent=99, trace=OTHER_TRACE), service="worker"))
    dots = [exemplar(2.5, span_number=2, at_ns=now), exemplar(0.3, span_number=77, at_ns=now)]
    lens.send("/v1/metrics", metrics(histogram(histogram_point([1, 2, 3, 0], exemplars=dots)), counter(7)))
    return lens


def test_before_anything_came_the_page_says_how_to_send(own_lens: LensProcess) -> None:
    port = own_lens.otlp_url("").rsplit(":")[-1]

    page = _shown(own_lens, "/")

    assert f"Waiting… listening on {port}" in page
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{port}" in page


def test_the_first_page_lists_metrics_and_who_sends(filled: LensProcess) -> None:
    page = _shown(filled, "/")

    assert re.search(r'href="/metrics/shop.payment.duration">shop.payment.duration</a>', page)
    assert re.findall(r'data-label="(\w+)">([^<]+)<', page) == [
        ("Count", "6"),
        ("P50", "1 s"),
        ("P95", "4.6 s"),
        ("P99", "4.92 s"),
        ("Dots", "1"),
    ]
    assert "shop.orders" in page
    assert "<strong>worker</strong>" in page


def test_a_dot_is_a_link_with_a_name_once_its_span_is_here(filled: LensProcess) -> None:
    page = _shown(filled, METRIC)

    links = set(re.findall(r'href="(/traces/[^"]+)"', page))
    assert links == {f"/traces/{TRACE.hex()}?span=0000000000000002"}
    assert re.search(r'aria-label="2.5 s at [\d:]{8}, US: open its trace"', page)
    assert "<strong>1</strong>dot. It opens its trace. 1 more waits for its span." in page


def test_a_metric_is_narrowed_by_links_with_counts(filled: LensProcess) -> None:
    narrowed = _shown(filled, METRIC, **{"a.country": "DE"})

    assert "Nothing with country = DE between" in narrowed
    assert re.search(r'<a href="\?a.country=US" >US<span class="quiet">6</span></a>', narrowed)
    assert "Without the filter" in narrowed


def test_dots_are_a_table_too(filled: LensProcess) -> None:
    page = _shown(filled, METRIC + "?as=table")

    assert ("<figure" in page, "All dots" in page) == (False, True)
    assert "Open the trace of 2.5 s at" in page


def test_a_trace_is_a_table_of_its_spans(filled: LensProcess) -> None:
    page = _shown(filled, f"/traces/{TRACE.hex()}")

    assert "<strong>POST /checkout</strong>took<strong>1 s</strong>" in page
    assert "kept because: crossing" in page
    assert re.findall(
        r'href="\?span=(\w+)#s-\w+"[^>]*>([^<]+)</a><span class="program-name">(\w+)<', page
    ) == [
        ("0000000000000001", "POST /checkout", "web"),
        ("0000000000000002", "charge", "worker"),
    ]
    assert page.count("⚠ error</span>") == 1


def test_a_spans_details_are_text_never_markup(filled: LensProcess) -> None:
    page = _shown(filled, f"/traces/{TRACE.hex()}?span=0000000000000002")

    assert "<dt>note</dt><dd>&lt;b&gt;bold&lt;/b&gt;</dd>" in page
    assert "<dt>service.instance.id</dt><dd>worker/0</dd>" in page


def test_an_incomplete_trace_says_so(filled: LensProcess) -> None:
    page = _shown(filled, f"/traces/{OTHER_TRACE.hex()}")

    assert "So far:" in page
    assert "missing span 0000000000000063, which began span 3" in page
    assert "1 span that others name as their parent has not arrived" in page


def test_a_span_that_is_not_here_yet_is_said_so(filled: LensProcess) -> None:
    assert "has not arrived" in filled.page(f"/traces/{TRACE.hex()}?span=00000000000000ff").text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/traces/" + "f" * 32, "This trace never arrived"),
        ("/traces/nonsense", "This is no trace id"),
        ("/metrics/unknown", "No such histogram"),
        ("/metrics/shop.orders", "No such histogram"),
        ("/elsewhere", "This page is not here"),
    ],
)
def test_what_is_not_here_is_said_in_words(filled: LensProcess, path: str, words: str) -> None:
    answer = filled.page(path)

    assert answer.status_code == 404
    assert f"<h1>{words}</h1>" in answer.text


def test_a_trace_that_aged_out_is_told_from_one_that_never_came(own_lens: LensProcess) -> None:
    own_lens.stop()
    aged = LensProcess(own_lens.file.parent, LENS_MAX_SPANS="1")
    aged.start()
    for trace in (TRACE, OTHER_TRACE):
        aged.send("/v1/traces", traces(span(1, trace=trace)))

    answer = aged.page(f"/traces/{TRACE.hex()}")
    aged.stop()

    assert answer.status_code == 404
    assert "<h1>Aged out</h1>" in answer.text
    assert "traces are kept 6 h" in answer.text


@pytest.mark.parametrize("path", ["/", METRIC, f"/traces/{TRACE.hex()}?span=0000000000000001"])
def test_no_page_needs_inline_style_or_script(filled: LensProcess, path: str) -> None:
    page = filled.page(path).text

    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\bsrc=)", page)


def test_pages_find_their_style_sheets(filled: LensProcess) -> None:
    for sheet in re.findall(r'(?:href|src)="(/static/[^"]+)"', filled.page("/").text):
        assert filled.page(sheet).status_code == 200, sheet
