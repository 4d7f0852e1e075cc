"""Whatever answers, the doctor ends in time, finds nothing fine, and says it in harmless words."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.evidence.surgery import diagnosis, places
from tests.evidence.wrong import server, silent_server
from tests.lens.process import LensProcess
from webstore.evidence.asking import BadAnswer
from webstore.evidence.doctor import checkout, exemplar, exporter, prometheus, trace
from webstore.evidence.doctor.examination import HOPS, diagnose
from webstore.evidence.doctor.exposition import totals
from webstore.evidence.doctor.mark import Mark
from webstore.evidence.doctor.places import Places
from webstore.evidence.doctor.telling import as_json, as_text
from webstore.evidence.doctor.verdict import Hop, State, Verdict
from webstore.evidence.doctor.visit import Limits, Purchase, Visit

SHORT = Limits(most_seconds=3, settling_seconds=1)
ESCAPES = '{"status":"success","data":{"version":"\x1b]0;owned\x07","result":[],"\u202e":1}}'
INFO = {"metric": {"job": "webstore/web", "instance": "\x1b[2J" * 99, "built_after_fork": "false"}}


def _everywhere(url: str) -> Places:
    """Let one server be sink, store, trace store, Collector and Grafana."""
    return places(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": url},
        metrics_url=url,
        traces_url=url,
        collector_metrics_url=url,
        grafana_url=url,
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Hello</html>",
        b"null",
        b"[]",
        b"{}",
        b'{"data":null}',
        b'{"data":[]}',
        b'{"data":{"result":[{"metric":7,"value":[0,"nan"]}],"version":7}}',
        b'{"data":{"version":"","result":[{"metric":{"le":"x"},"value":[0,"inf"],"values":[[0]]}]}}',
        b"[" * 100_000,
        b"\xff\xfe" * 1_000,
        ESCAPES.encode(),
        b'otelcol_receiver_accepted_spans{a="}} ' + b"} " * 100_000 + b"\n",
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_nonsense_is_never_fine(body: bytes, status: int) -> None:
    began = time.monotonic()
    with server(body, status=status) as url:
        visit = Visit(_everywhere(url), limits=SHORT)
        found = diagnose(visit)

    text = as_text(found, visit.mark, "http://see/{trace_id}")
    assert found.exit_code in {1, 2}
    assert all(line.isprintable() for line in text.splitlines())
    assert time.monotonic() - began < 8


def test_silence_and_drip_end_in_time() -> None:
    began = time.monotonic()
    with silent_server() as silent, server(b" " * 10_000, drip_seconds=0.05) as dripping:
        found = diagnosis(_everywhere(silent), SHORT)
        dripped = diagnosis(_everywhere(dripping), SHORT)
        seconds = time.monotonic() - began

    # It was their own time that ended: nobody is to blame.
    assert (found.exit_code, dripped.exit_code) == (2, 2)
    assert {verdict.hop for verdict in found.verdicts} == {hop.name for hop, _ in HOPS}
    # Each may take 3 s, and is waited for 2 s more.
    assert seconds < 12


def test_time_that_is_over_leaves_the_rest_unseen(lens: LensProcess) -> None:
    def sleep(_visit: Visit) -> "list[object]":
        time.sleep(60)
        return []

    slow, after = Hop("slow"), Hop("after")
    limits = Limits(most_seconds=0.1)
    known = _everywhere(lens.pages_url)

    found = diagnose(Visit(known, limits=limits), [(slow, sleep), (after, sleep)])  # type: ignore[list-item]

    assert [(verdict.hop, verdict.state) for verdict in found.verdicts] == [
        ("slow", State.UNSEEN),
        ("after", State.UNSEEN),
    ]
    assert found.exit_code == 2


def test_no_hop_begins_when_the_time_is_over(lens: LensProcess) -> None:
    late = Hop("late")
    visit = Visit(_everywhere(lens.pages_url), limits=Limits(most_seconds=0))

    found = diagnose(visit, [(late, lambda _visit: iter([late.wrong("It is off.")]))])

    assert [(verdict.state, verdict.said) for verdict in found.verdicts] == [
        (State.UNSEEN, "No time was left for it.")
    ]


@pytest.mark.parametrize("examined", [exporter, prometheus, exemplar, trace, checkout])
def test_hop_whose_question_ends_with_the_time_is_unseen(examined: ModuleType) -> None:
    with silent_server() as url:
        visit = Visit(
            _everywhere(url),
            limits=Limits(most_seconds=0.3),
            buy=lambda: Purchase("A", "Paid", time.time()),
        )
        found = diagnose(visit, [(examined.HOP, examined.examine)])

    assert {verdict.state for verdict in found.verdicts} == {State.UNSEEN}


@pytest.mark.parametrize("examined", [exemplar, trace, checkout])
def test_what_had_no_time_to_come_is_not_missing(lens: LensProcess, examined: ModuleType) -> None:
    """What is sent goes to one lens, and is looked for where nothing arrives."""
    empty = b'{"status":"success","data":[],"trace":{}}'
    with server(empty) as url:
        known = places({"OTEL_EXPORTER_OTLP_ENDPOINT": lens.otlp_url("")}, metrics_url=url, traces_url=url)
        visit = Visit(known, limits=Limits(most_seconds=1), buy=lambda: Purchase("A", "Paid", time.time()))
        found = diagnose(visit, [(examined.HOP, examined.examine)])

    assert [verdict.state for verdict in found.verdicts] == [State.UNSEEN]


def test_hop_that_breaks_does_not_hide_the_others(
    lens: LensProcess, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_visit: Visit) -> "list[object]":
        raise ZeroDivisionError

    good = Hop("good")
    hops = [(Hop("broken"), broken), (good, lambda _visit: iter([good.fine("It is.")]))]

    found = diagnose(Visit(_everywhere(lens.pages_url)), hops)  # type: ignore[arg-type]

    assert [verdict.state for verdict in found.verdicts] == [State.UNSEEN, State.FINE]
    assert "the hop broken could not be looked at" in caplog.text


def test_what_was_said_before_a_question_failed_stands(lens: LensProcess) -> None:
    half = Hop("half")

    def broken(_visit: Visit) -> Iterator[Verdict]:
        yield half.wrong("It is off.")
        raise BadAnswer("somebody answered 500")

    found = diagnose(Visit(_everywhere(lens.pages_url)), [(half, broken)])

    assert [(verdict.state, verdict.said) for verdict in found.verdicts] == [
        (State.WRONG, "It is off."),
        (State.UNSEEN, "somebody answered 500."),
    ]


def test_labels_move_no_terminal_and_fill_no_screen() -> None:
    body = json.dumps({"data": {"result": [{**INFO, "value": [0, "1"]}]}})
    with server(body.encode()) as url:
        found = diagnosis(_everywhere(url), SHORT)

    text = as_text(found, Mark(), "http://see/{trace_id}")
    assert all(line.isprintable() and len(line) < 400 for line in text.splitlines())


def test_json_holds_every_verdict_and_the_cause(lens: LensProcess) -> None:
    visit = Visit(_everywhere(lens.pages_url), limits=SHORT)
    found = diagnose(visit)

    told = json.loads(as_json(found, visit.mark, "http://see/{trace_id}"))

    assert found.cause is not None
    assert told["cause"]["setting"] == found.cause.setting
    assert len(told["verdicts"]) == len(found.verdicts)
    assert told["mark"]["url"] == f"http://see/{visit.mark.trace_id}"


def test_last_line_for_people_names_hop_setting_and_remedy(lens: LensProcess) -> None:
    visit = Visit(places({}, metrics_url=lens.pages_url, traces_url=lens.pages_url), limits=SHORT)

    text = as_text(diagnose(visit), visit.mark, "http://see/{trace_id}")

    assert text.splitlines()[-1] == (
        "What is wrong is at exporter: OTEL_EXPORTER_OTLP_ENDPOINT."
        " Give every program the sink's address, such as http://collector:4318."
    )


def test_numbers_are_summed_by_name_and_the_rest_is_left_out() -> None:
    text = (
        'a_total{x="1"} 2\na{x="2"} 3 1700000000\n# a 9\nb NaN\nc +Inf\nd{ 1\ne one\n' + "f" * 5_000 + " 1\n"
    )

    assert dict(totals(text)) == {"a": 5}


def test_folders_without_files_are_no_trouble(tmp_path: Path, lens: LensProcess) -> None:
    known = places(
        {},
        metrics_url=lens.pages_url,
        traces_url=lens.pages_url,
        data_sources=tmp_path,
        dashboards=tmp_path,
    )

    assert diagnosis(known, SHORT).exit_code == 1
