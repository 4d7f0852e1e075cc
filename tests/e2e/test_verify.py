"""A real shop that sold in all outcomes, with every program running, is judged from outside."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.buying import Bought, buy
from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT, Demo, running_demo
from webstore.demo.shopper import Wish

OUTCOMES = {"tok_approve": "Paid", "tok_decline": "Declined", "tok_slow": "Paid", "tok_timeout": "Paid"}
TRIES = "4"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that gives up a payment at the fourth try, and keeps unpaid things for a while."""
    folder = tmp_path_factory.mktemp("judged")
    with running_demo(folder, PAYMENT_MAX_TRIES=TRIES, RESERVATION_MINUTES="0.2") as running:
        yield running


def verify(demo: Demo, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "manage.py", "verify", "--json", *arguments]
    own = demo.environment() | {"PAYMENT_MAX_TRIES": TRIES}
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_shop_that_sold_in_all_outcomes_is_clean(shop: Demo) -> None:
    bought: dict[str, Bought] = {token: buy(shop, Wish(payment_token=token)) for token in OUTCOMES}
    broken = buy(shop, Wish(payment_token="tok_fail"))
    while_it_works = verify(shop)
    states = {token: shop.shopper().wait(order.path, seconds=60) for token, order in bought.items()}
    assert shop.shopper().wait(broken.path, seconds=60) == "In review"

    assert eventually(lambda: verify(shop)[1]["counts"].get("expired") == 1, seconds=60)
    code, verdict = verify(shop, "--settle", "30")

    assert while_it_works[0] == 0, while_it_works
    assert states == OUTCOMES
    assert (code, verdict["violations"], verdict["settled"]) == (0, [], True)
    counts = {name: count for name, count in verdict["counts"].items() if count}
    assert counts == {"orders": 5, "paid": 3, "charges": 3, "expired": 1, "placed": 1, "in_review": 1}


def test_a_charge_beside_the_shop_is_found(shop: Demo) -> None:
    number = "ZZZZ-2222"
    beside = shop.environment() | {"NUMBER": number}
    program = (
        "import os, time\n"
        "from pathlib import Path\n"
        "from payments.sandbox.ledger import Ledger\n"
        "from payments.sandbox.parsing import ChargeRequest\n"
        "ledger = Ledger(Path(os.environ['SANDBOX_LEDGER']))\n"
        "wanted = ChargeRequest(700, 'usd', 'tok_approve', os.environ['NUMBER'])\n"
        "entry = ledger.enter('beside', wanted, now=time.time())\n"
        "ledger.charge(entry.id, wanted, status='succeeded', now=time.time())\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=beside, check=True)

    code, verdict = verify(shop)

    said = "$7.00 was charged, but there is no such order."
    assert (code, verdict["violations"]) == (1, [{"invariant": "I2", "subject": number, "said": said}])
