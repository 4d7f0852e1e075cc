"""What people type stays in the shop: no telemetry, log, message, provider or error page repeats it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.abuse.canaries import Typist, break_order, buy_secretly, search_as_staff, told_in, type_everywhere
from tests.abuse.listening import listening, monitored
from tests.sinks.programs import ALL, Sink, running_programs, running_sink


@dataclass(frozen=True)
class Heard:
    """Everything that left the shop, and the order's secret path."""

    token: str
    statuses: set[int]
    error_pages: str
    telemetry: str
    logs: str
    broker: str
    provider: str


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    """Return a sink of its own: what others sent is no concern here."""
    with running_sink(tmp_path_factory.mktemp("sink")) as running:
        yield running


@pytest.fixture(scope="module")
def heard(sink: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    folder = tmp_path_factory.mktemp("canaries")
    with listening() as listener, running_programs(folder, sink, PROVIDER_URL=listener.url) as shop:
        listener.provider = shop.places.url(shop.places.provider_port, "")
        typist = Typist(shop)
        with monitored(shop.places.broker_socket) as broker:
            path = buy_secretly(shop)
            type_everywhere(typist)
            search_as_staff(typist)
            for column in ("status", "total_minor", "placed_at"):
                break_order(shop, path, column)
                typist.get("/admin/orders/order/")
                typist.get(path)
            time.sleep(3)
        logs = "".join(shop.log(name) for name in ALL)
        yield Heard(
            token=path.rsplit("/", 1)[-1],
            statuses=typist.statuses,
            error_pages="".join(typist.error_pages),
            telemetry=sink.bodies().decode("latin-1"),
            logs=logs,
            broker="\n".join(broker),
            provider=b"\n".join(listener.heard).decode("latin-1"),
        )


def test_every_kind_of_answer_was_provoked(heard: Heard) -> None:
    assert heard.statuses >= {200, 400, 403, 404, 422, 500}
    assert heard.telemetry.count("webstore.kept") > 20
    assert "payments.tasks.charge" in heard.broker
    assert "Idempotency-Key" in heard.provider


@pytest.mark.parametrize("place", ["error_pages", "telemetry", "logs", "broker", "provider"])
def test_no_secret_is_told(heard: Heard, place: str) -> None:
    assert told_in(getattr(heard, place)) == set()


@pytest.mark.parametrize("place", ["error_pages", "telemetry", "logs", "broker", "provider"])
def test_no_orders_path_is_told(heard: Heard, place: str) -> None:
    assert heard.token not in getattr(heard, place)


def test_exceptions_tell_their_type_and_place(heard: Heard) -> None:
    assert "exception.type" in heard.telemetry
    assert "exception.message" not in heard.telemetry
    assert "exception.stacktrace" not in heard.telemetry
