"""What every test may use: a database in a file, the telemetry a block of code made, one running demo."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.e2e.running import Demo, running_demo
from tests.payments.broker import Broker, publish_to, publishing_to
from tests.recording import Telemetry

_SPANS = InMemorySpanExporter()
_METRICS = InMemoryMetricReader()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep the test database in a file: only there two connections are truly two."""
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        name = str(tmp_path_factory.mktemp("database") / "shop.sqlite3")
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    # WhiteNoise warns when it is missing, and warnings are errors.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Let no test spend a quarter of a second on a password that protects nothing."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def _providers() -> None:
    # The API lets a process set each provider once.
    tracer_provider = TracerProvider(shutdown_on_exit=False)
    tracer_provider.add_span_processor(SimpleSpanProcessor(_SPANS))
    trace.set_tracer_provider(tracer_provider)
    metrics.set_meter_provider(MeterProvider([_METRICS], shutdown_on_exit=False))


@pytest.fixture
def telemetry(_providers: None) -> Iterator[Telemetry]:
    """Return what spans and metric points this test made."""
    _SPANS.clear()
    yield Telemetry(_SPANS, _METRICS)
    _SPANS.clear()


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker") / "broker.sock")
    with publishing_to(broker.url):
        yield broker
    broker.stop()


@pytest.fixture
def broker(_broker: Broker) -> Broker:
    """Return the tests' broker, empty: one for all folders, whose tests may take turns."""
    publish_to(_broker.url)
    _broker.empty()
    return _broker


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Return the one demo of all tests that leave it as they found it."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything must be there (REQUIRE=all)."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("REQUIRE") == "all":
        report.outcome = "failed"
        report.longrepr = f"skipped, but REQUIRE=all: {report.longrepr}"
    return report
