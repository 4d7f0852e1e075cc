import logging
from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.fuzz.shop import Shop
from tests.payments.broker import Broker


@pytest.fixture
def shop(db: None, broker: Broker) -> Iterator[Shop]:
    # The test's transaction lives on one connection, which no request may close.
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield Shop()
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def _nothing_failed(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which an exception was logged, or an error that is no refusal."""
    yield
    failed = [
        f"{record.name}: {record.getMessage()}"
        for record in caplog.get_records("call")
        if record.exc_info or (record.levelno >= logging.ERROR and "django.security." not in record.name)
    ]
    assert failed == []
