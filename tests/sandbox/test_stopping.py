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

# Without ending the pauses first, gunicorn lets a running request have its whole grace of 1 s.
GRACE_SECONDS = 1
# Gunicorn's patience with who sends nothing.
FIRST_BYTE_SECONDS = 5


def in_background(call: Callable[[], requests.Response]) -> tuple[threading.Thread, list[requests.Response]]:
    heard: list[requests.Response] = []
    thread = threading.Thread(target=lambda: heard.append(call()))
    thread.start()
    time.sleep(0.5)
    return thread, heard


def _stop_while_it_hangs(provider: Provider, key: str) -> float:
    """Return the seconds it took to stop; whoever hung has heard the truth."""
    hanging = wanted(source="tok_timeout")
    thread, heard = in_background(lambda: provider.charge(key, hanging, timeout=20))
    seconds = provider.stop()
    thread.join()
    provider.start()
    assert heard[0].json() == provider.charges()[0]
    assert provider.charge(key, hanging).content == heard[0].content
    return seconds


def test_hanging_charge_does_not_hold_up_a_stop(provider: Provider) -> None:
    # A busy machine may hold up one stop or another; the grace would lengthen each.
    assert min(_stop_while_it_hangs(provider, key) for key in "abc") < GRACE_SECONDS


def test_idle_connection_does_not_hold_up_a_stop(provider: Provider) -> None:
    with socket.create_connection(("127.0.0.1", provider.port)):
        time.sleep(0.2)

        # Its master has to cut that short.
        assert provider.stop() < FIRST_BYTE_SECONDS


def test_hanging_charges_let_others_through(provider: Provider) -> None:
    def hang(number: int) -> requests.Response:
        return provider.charge(f"k{number}", wanted(source="tok_timeout"), timeout=20)

    hanging = [threading.Thread(target=hang, args=(number,)) for number in range(12)]
    for thread in hanging:
        thread.start()
    time.sleep(0.5)

    # Behind the others it would wait for 15 s.
    assert provider.charge("quick", wanted(reference="QUICK"), timeout=10).status_code == 200
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
        provider.stop()

    assert [answer.status_code for answer in refused] == [429, 429]
    assert mended.json()["fault"] == "none"
