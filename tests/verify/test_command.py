"""`manage.py verify`: a line for each violation, a JSON object, and an exit code."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.models import Order
from payments.models import PaymentAttempt, ProviderEvent
from payments.verify import settling
from tests.verify.store import Store

pytestmark = pytest.mark.django_db


def run(store: Store, *arguments: str) -> tuple[int, str, str]:
    """Return exit code, output, and what was said at the end or meanwhile."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify", "--ledger", str(store.file), *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), f"{err.getvalue()}{error}"
    return 0, out.getvalue(), err.getvalue()


def test_a_clean_shop(store: Store) -> None:
    store.paid()
    store.cancelled()

    code, said, _ = run(store)

    assert code == 0
    assert said == "Judged: 2 orders, 1 paid, 1 charges, 1 cancelled.\n"


def test_violations_are_lines_and_exit_code_1(store: Store) -> None:
    paid, cancelled = store.paid(), store.cancelled()
    Order.objects.filter(pk=paid.pk).update(total_minor=1)
    charged = store.charge(cancelled.number)

    code, said, end = run(store)

    back = "and nothing gives it back."
    assert (code, end) == (1, "2 violations.")
    assert said.splitlines()[:2] == [
        f"I1 {paid.number}: costs $0.01, but $41.86 was charged.",
        f"I2 {cancelled.number}: is cancelled, yet $41.86 was charged as {charged}, {back}",
    ]


def test_json_of_a_clean_shop(store: Store) -> None:
    store.paid()

    code, said, _ = run(store, "--json")

    verdict = json.loads(said)
    assert code == 0
    assert verdict.pop("seconds") >= 0
    assert verdict == {
        "violations": [],
        "settled": None,
        "counts": {
            "orders": 1,
            "paid": 1,
            "in_review": 0,
            "refunds_in_review": 0,
            "settled_by_hand": 0,
            "under_way": 0,
            "charges": 1,
            "refunds": 0,
        },
    }


def test_json_of_violations(store: Store) -> None:
    store.charge("AAAA-2222")

    code, said, _ = run(store, "--json")

    assert code == 1
    assert json.loads(said)["violations"] == [
        {
            "invariant": "I2",
            "subject": "AAAA-2222",
            "said": "$41.86 was charged, but there is no such order.",
        }
    ]


@pytest.mark.parametrize("content", [None, b"", b"not a database at all, but some longer text", "other"])
def test_without_a_ledger_nobody_can_judge(store: Store, tmp_path: Path, content: bytes | str | None) -> None:
    store.paid()
    file = tmp_path / "else.sqlite3"
    if content == "other":
        Store(file).rewrite("DROP TABLE refunds")
    elif isinstance(content, bytes):
        file.write_bytes(content)

    code, said, end = run(store, "--ledger", str(file), "--json")

    assert (code, said) == (2, "")
    assert end.startswith("Nobody could judge. ")
    assert str(file) in end


def test_a_ledger_is_only_read(store: Store, tmp_path: Path) -> None:
    missing = tmp_path / "missing.sqlite3"

    run(store, "--ledger", str(missing))

    assert not missing.exists()


def test_a_journal_that_cannot_be_read_is_exit_code_2(store: Store, tmp_path: Path) -> None:
    code, _, end = run(store, "--journal", str(tmp_path))

    assert code == 2
    assert "cannot be read as a journal" in end


def test_progress_is_told_when_asked_for(store: Store) -> None:
    for _ in range(3):
        store.placed()

    assert run(store)[2] == ""
    assert run(store, "--progress")[2] == "3 of 3 orders judged\n"


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "soon"])
def test_a_wrong_time_is_refused(store: Store, seconds: str) -> None:
    with pytest.raises(CommandError, match=f"“{seconds}” is no number of seconds"):
        call_command("verify", f"--settle={seconds}", stdout=StringIO())


def test_what_is_under_way_for_too_long_can_be_said(store: Store) -> None:
    store.placed()

    assert run(store, "--older-than", "30")[0] == 0
    assert run(store, "--older-than", "0")[0] == 1


def test_it_waits_until_nothing_is_under_way(store: Store) -> None:
    store.placed()
    settled = json.loads(run(store, "--settle", "0.1", "--json")[1])["settled"]
    PaymentAttempt.objects.update(state="declined")

    assert settled is False
    assert json.loads(run(store, "--settle", "60", "--json")[1])["settled"] is True


def test_it_waits_for_money_that_the_provider_told_of(store: Store) -> None:
    order = store.declined()
    event = {"type": "charge.succeeded", "about": "ch_new", "reference": order.number}
    ProviderEvent.objects.create(event_id="evt_1", happened_at=timezone.now(), **event)
    settled = json.loads(run(store, "--settle", "0.1", "--json")[1])["settled"]
    PaymentAttempt.objects.update(provider_reference="ch_new", charged_minor=1)
    booked = settling.is_moving()
    PaymentAttempt.objects.update(charged_minor=0)
    ProviderEvent.objects.update(state="staff")

    assert (settled, booked, settling.is_moving()) == (False, False, False)


@pytest.mark.parametrize("kind", ["charge.failed", "refund.created"])
def test_it_does_not_wait_for_what_moves_no_money_by_itself(store: Store, kind: str) -> None:
    ProviderEvent.objects.create(event_id="evt_1", happened_at=timezone.now(), type=kind, about="re_1")

    assert settling.settle(0.1) is True
