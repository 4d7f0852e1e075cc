"""A slow answer holds up nobody: not other callers, not the end of the program."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import requests

from payments.sandbox import look_ups
from payments.sandbox.charging import MAX_RUNNING
from tests.sandbox.provider import ROOT, Provider, wanted

STOP_SECONDS = 2
# Without ending the pauses first, gunicorn lets a running request have its whole grace of 1 s.
GRACE_SECONDS = 1


def in_background(call: Callable[[], requests.Response]) -> tuple[threading.Thread, list[requests.Response]]:
    heard: list[requests.Response] = []
    thread = threading.Thread(target=lambda: heard.append(call()))
    thread.start()
    time.sleep(0.5)
    return thread, heard


def test_hanging_charge_does_not_hold_up_a_stop(provider: Provider) -> None:
    thread, heard = in_background(lambda: provider.charge("k", wanted(source="tok_timeout"), timeout=20))

    assert provider.stop() < GRACE_SECONDS

    thread.join()
    provider.start()
    assert heard[0].json() == provider.charges()[0]
    assert provider.charge("k", wanted(source="tok_timeout")).content == heard[0].content


def test_idle_connection_does_not_hold_up_a_stop(provider: Provider) -> None:
    with socket.create_connection(("127.0.0.1", provider.port)):
        time.sleep(0.2)

        # Gunicorn waits 5 s for a first byte; its master has to cut that short.
        assert provider.stop() < STOP_SECONDS + 1


def test_hanging_charges_let_others_through(provider: Provider) -> None:
    def hang(number: int) -> requests.Response:
        return provider.charge(f"k{number}", wanted(source="tok_timeout"), timeout=20)

    hanging = [threading.Thread(target=hang, args=(number,)) for number in range(12)]
    for thread in hanging:
        thread.start()
    time.sleep(0.5)

    began = time.monotonic()
    assert provider.charge("quick", wanted(reference="QUICK")).status_code == 200
    assert time.monotonic() - began < 1
    provider.stop()
    for thread in hanging:
        thread.join()


@pytest.mark.parametrize(
    "wrong", [{"SANDBOX_PORT": "eighty"}, {"WEBSTORE_DEMO": "maybe"}, {"PROVIDER_API_KEY": ""}]
)
def test_wrong_setting_names_itself_and_stops_the_start(wrong: dict[str, str]) -> None:
    [name] = wrong
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "payments/sandbox/gunicorn.py",
        "payments.sandbox.wsgi",
    ]
    environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "s", "PROVIDER_API_KEY": "k", **wrong}

    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20, check=False
    )

    assert ended.returncode != 0
    assert name in ended.stderr


def test_switches_stay_within_reach_while_everything_hangs(provider: Provider) -> None:
    provider.put(fault="hang", seconds=60)
    asks: list[Callable[[], object]] = [
        partial(provider.charge, f"k{number}", timeout=30) for number in range(MAX_RUNNING)
    ]
    asks += [partial(provider.get, "/v1/charges?reference=X") for _ in range(look_ups.MAX_RUNNING)]
    with ThreadPoolExecutor(len(asks)) as pool:
        for ask in asks:
            pool.submit(ask)
        time.sleep(1)

        refused = [provider.charge("more", timeout=5), provider.get("/v1/charges?reference=X")]
        mended = provider.mend()
        ended_after = provider.stop()

    assert [answer.status_code for answer in refused] == [429, 429]
    assert mended.json()["fault"] == "none"
    assert ended_after < STOP_SECONDS
