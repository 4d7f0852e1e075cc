"""What a notification says, and that nothing in an alert can make it say more."""

import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evidence.pager_process import alert, notification
from webstore.evidence.pager.notification import Group, parse
from webstore.evidence.pager.wording import LONGEST_TEXT, link, log_line, slack_text, text_of
from webstore.evidence.pager.worst import Moment, Question, question_of

TRACE_URL = "https://lens.example/traces/{trace_id}"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def _group(*alerts: dict[str, object], **fields: object) -> Group:
    return parse(json.dumps(notification(*alerts, **fields)).encode())


def _text(*alerts: dict[str, object], moments: tuple[Moment, ...] = (), **fields: object) -> str:
    group = _group(*alerts, **fields)
    return text_of(group, {group.alerts[0].fingerprint: moments}, trace_url=TRACE_URL)


@pytest.mark.parametrize(
    ("given_text", "longest", "shown"),
    [
        ("<!channel> & co", 80, "&lt;!channel&gt; &amp; co"),
        ("<https://evil.example|runbook>", 80, "&lt;https://evil.example|runbook&gt;"),
        ("*bold* `code` ~gone~", 80, "∗bold∗ 'code' ∼gone∼"),
        ("@here @all", 80, "@\u200bhere @\u200ball"),
        ("two\nlines\tand\x00\u202e more", 80, "two lines and more"),
        ("x" * 30, 20, "x" * 19 + "…"),
        ("&" * 30, 20, "&amp;" * 19 + "…"),
    ],
)
def test_what_others_say_is_text(given_text: str, longest: int, shown: str) -> None:
    assert slack_text(given_text, longest=longest) == shown


@given(st.text())
def test_any_text_is_one_line_without_markup(given_text: str) -> None:
    shown = slack_text(given_text, longest=50)

    assert not set("<>*`~") & set(shown)
    assert len(shown.splitlines()) <= 1
    assert len(html.unescape(shown).replace("\u200b", "")) <= 50


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//host",
        "http://",
        "http://a b",
        "http://[",
        "http://a\n",
        "",
    ],
)
def test_what_is_no_web_address_is_no_link(address: str) -> None:
    assert link(address, "Runbook") == ""


def test_an_address_cannot_leave_its_link() -> None:
    assert link("http://a/?b|c>d<e&f", "Runbook") == "<http://a/?b%7Cc%3Ed%3Ce&amp;f|Runbook>"


def test_only_known_labels_are_sent_on() -> None:
    labels = {"alertname": "A", "severity": "page", "country": "BR", "email": "mara@example.com"}

    assert _text({**alert(), "labels": labels}).splitlines()[0] == "*FIRING: A* (page) country=BR"


def test_only_known_annotations_are_sent_on() -> None:
    assert "token" not in _text(alert(token="s3cret", exemplar_query="secret_token"))


def test_runbook_and_dashboard_are_links() -> None:
    said = _text(alert(runbook_url="https://a.example/r", dashboard_url="https://a.example/d"))

    assert said.splitlines()[-1] == "<https://a.example/r|Runbook> · <https://a.example/d|Dashboard>"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (Moment(8.2, "s"), "worst 8.2 s"),
        (Moment(0.34, "s"), "worst 340 ms"),
        (Moment(1234.5, "USD"), "highest $1,234.50"),
        (Moment(12345.678, ""), "highest 12,345.7"),
        (Moment(9, "s", "", 8.5, queue="payments"), "worst 9.0 s, 8.5 s of it waiting in queue payments"),
        (Moment(9, "s", "", 8.5, queue=""), "worst 9.0 s, 8.5 s of it waiting in its queue"),
        (Moment(9, "s", "", 8.5), "worst 9.0 s, 8.5 s of it waiting, in no span"),
        (Moment(9, "s", "", 8.5, "run", "worker"), "worst 9.0 s, 8.5 s of it in run (worker)"),
        (Moment(9, "s", "", 8.5, "<run>", ""), "worst 9.0 s, 8.5 s of it in &lt;run&gt;"),
        (Moment(9, "s", TRACE_ID), f"worst 9.0 s, trace <https://lens.example/traces/{TRACE_ID}|0af76519>"),
    ],
)
def test_a_moment_says_how_much_and_where(moment: Moment, said: str) -> None:
    assert _text(alert(), moments=(moment,)).splitlines()[-1] == said


def test_many_alerts_are_told_with_those_that_fire_first() -> None:
    ended = [alert(f"Ended{number}", status="resolved") for number in range(4)]

    paragraphs = _text(*ended, alert("On"), alert("Too"), truncatedAlerts=10).split("\n\n")

    assert [paragraph.splitlines()[0] for paragraph in paragraphs] == [
        "*FIRING: On* (critical)",
        "*FIRING: Too* (critical)",
        "*RESOLVED: Ended0* (critical)",
        "*RESOLVED: Ended1* (critical)",
        "*RESOLVED: Ended2* (critical)",
        "and 11 more",
    ]


def test_a_long_message_is_cut_between_lines() -> None:
    long = [alert(f"A{number}", summary="&" * 999, description="&" * 999) for number in range(5)]

    said = _text(*long)

    assert len(said) <= LONGEST_TEXT
    assert said.splitlines()[-1] == "…"


def test_a_log_line_is_one_line_with_bare_addresses() -> None:
    assert log_line("*A*\n\nworst, trace <http://a/?b&amp;c|0af7>") == "*A* | worst, trace http://a/?b&c"


@pytest.mark.parametrize(
    ("window", "seconds"), [("90s", 90), ("1h", 3_600), ("", 900), ("soon", 900), ("0", 10), ("99d", 21_600)]
)
def test_a_window_is_taken_within_bounds(window: str, seconds: float) -> None:
    notes = {"exemplar_query": " a_bucket ", "exemplar_window": window}

    assert question_of(notes) == Question("a_bucket", seconds)


@pytest.mark.parametrize(
    "notes",
    [{}, {"exemplar_query": " "}, {"exemplar_query": "a" * 1_001}, {"exemplar_query": '{__name__=~".+"}'}],
)
def test_an_alert_without_a_selector_asks_nothing(notes: dict[str, str]) -> None:
    assert question_of(notes) is None
