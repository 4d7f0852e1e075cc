"""The audit that beat asks for: its finding is a metric, its failure is another one."""

import subprocess
import sys

import pytest
from celery import current_app
from pytest_django import Settings

from tests.evidence.wrong import nobody, server
from tests.lens import building
from tests.lens.process import ROOT, LensProcess
from tests.recording import Telemetry
from webstore import auditing
from webstore.tasks import audit
from webstore.telemetry import contract

AUDITED = contract.EXEMPLARS_AUDITED.name
AUDITS = contract.AUDITS.name


@pytest.fixture
def _audited_lens(lens: LensProcess, lens_url: str, settings: Settings) -> None:
    """A lens with a living and a dead dot of a metric of the contract."""
    settings.METRICS_URL = settings.TRACES_URL = lens_url
    settings.AUDIT_SECONDS = 60
    lens.send("/v1/traces", building.traces(building.span(1)))
    at_ns = building.now_ns() - 60 * building.SECOND
    dots = [building.exemplar(0.5, at_ns=at_ns), building.exemplar(0.7, span_number=9, at_ns=at_ns)]
    metric = building.histogram(building.histogram_point((0, 2, 0, 0), exemplars=dots))
    metric.name = contract.PAYMENT_DURATION.name
    assert lens.send("/v1/metrics", building.metrics(metric)).ok


@pytest.mark.usefixtures("_audited_lens")
def test_finding_is_a_metric(telemetry: Telemetry) -> None:
    audit()

    told = {point.attributes[contract.STATE]: point.value for point in telemetry.points(AUDITED)}
    assert told == {contract.ALIVE: 1, contract.SPAN_MISSING: 1, contract.TRACE_MISSING: 0}
    assert telemetry.count(AUDITS, {contract.OUTCOME: contract.SUCCEEDED}) == 1


@pytest.mark.usefixtures("_audited_lens")
def test_young_dot_is_left_to_the_next_audit(telemetry: Telemetry, settings: Settings) -> None:
    settings.AUDIT_SETTLING_SECONDS = 120

    audit()

    told = {point.attributes[contract.STATE]: point.value for point in telemetry.points(AUDITED)}
    assert told == {contract.ALIVE: 0, contract.SPAN_MISSING: 0, contract.TRACE_MISSING: 0}


@pytest.mark.usefixtures("_audited_lens")
def test_dead_dot_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    audit()

    trace_id = building.TRACE.hex()
    said = f"span_missing: an exemplar of webstore_payment_duration_bucket in trace {trace_id}"
    assert said in caplog.messages


def test_silent_read_side_is_counted_and_raises_nothing(
    telemetry: Telemetry, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.METRICS_URL = settings.TRACES_URL = nobody()

    audit()

    assert telemetry.count(AUDITS, {contract.OUTCOME: contract.FAILED}) == 1
    assert "no audit of exemplars" in caplog.text


def test_answer_that_is_too_large_for_a_worker_is_not_read(
    telemetry: Telemetry, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with server(b" " * (5 * 2**20) + b'{"data":[]}') as url:
        settings.METRICS_URL = settings.TRACES_URL = url
        audit()

    assert telemetry.count(AUDITS, {contract.OUTCOME: contract.FAILED}) == 1
    assert "answered with more than 4 MiB" in caplog.text


def test_worst_case_fits_into_the_tasks_limit() -> None:
    # The last request may wait for its connection, its first and its last byte.
    longest = auditing.MOST_SECONDS + 3 * auditing.TIMEOUT_SECONDS

    assert longest < current_app.conf.task_soft_time_limit


def test_beat_does_not_ask_unless_it_is_told_to() -> None:
    assert set(current_app.conf.beat_schedule) == {"sweep"}


def test_message_expires_before_the_next_one() -> None:
    told = "from webstore.celery import app; print(app.conf.beat_schedule['audit'])"

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import django; django.setup(); {told}"],
        cwd=ROOT,
        env={
            "WEBSTORE_DEMO": "1",
            "WEBSTORE_AUDIT_SECONDS": "60",
            "DJANGO_SETTINGS_MODULE": "webstore.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"{ {'task': audit.name, 'schedule': 60, 'options': {'expires': 60}} }\n"
