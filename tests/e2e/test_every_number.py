"""What the instruments of the contract say at 10 % sampling, beside their dots."""

import json

import pytest

from tests.e2e import evidence
from tests.e2e.breaking import without_table
from tests.e2e.buying import buy
from tests.e2e.conftest import ORDERS
from tests.e2e.evidence import eventually
from tests.e2e.running import Demo
from webstore.telemetry import contract
from webstore.telemetry.contract import Instrument

SENDERS = {
    *("web/0", "web/1", "beat/0", "provider/0"),
    *("worker-payments/0", "worker-payments/1", "worker-default/0"),
}


def _name(spec: Instrument) -> str:
    return spec.name.replace(".", "_")


def _by_label(demo: Demo, spec: Instrument, label: str) -> dict[str, float]:
    """Return an instrument's values, added up by one label."""
    added: dict[str, float] = {}
    for labels, value in evidence.values(demo.lens, _name(spec)):
        added[labels[label]] = added.get(labels[label], 0) + value
    return added


@pytest.mark.parametrize("spec", contract.INSTRUMENTS, ids=lambda spec: spec.name)
def test_every_instrument_has_the_contracts_unit_attributes_and_bounds(busy: Demo, spec: Instrument) -> None:
    sql = "SELECT DISTINCT unit, attributes, bounds FROM series WHERE metric = ?"

    rows = eventually(lambda: busy.lens_rows(sql, spec.name))

    found = {(unit, frozenset(json.loads(keys)), tuple(json.loads(bounds))) for unit, keys, bounds in rows}
    assert found == {(spec.unit, frozenset(spec.attributes), spec.boundaries)}


def test_every_order_is_counted(busy: Demo) -> None:
    eventually(lambda: _by_label(busy, contract.CHECKOUTS, "outcome").get(contract.PLACED) == ORDERS)

    assert _by_label(busy, contract.CHECKOUTS, "outcome") == {contract.PLACED: ORDERS}
    assert evidence.total(busy.lens, f"{_name(contract.CHECKOUT_AMOUNT)}_count") == ORDERS


def test_lost_ring_is_counted(busy: Demo) -> None:
    counted = eventually(lambda: _by_label(busy, contract.DOORBELLS_MISSED, "task"))

    assert counted.get("payments.tasks.charge", 0) >= 1


def test_chosen_exemplars_are_published_and_none_is_withheld(busy: Demo) -> None:
    states = _by_label(busy, contract.EXEMPLARS, contract.STATE)

    assert states[contract.SELECTED] >= states[contract.PUBLISHED] > 0
    assert states[contract.WITHHELD] == 0


def test_traces_are_counted_by_what_became_of_them(busy: Demo) -> None:
    reasons = _by_label(busy, contract.TRACES, contract.REASON)

    seen = {reason for reason, count in reasons.items() if count}
    assert seen >= {contract.BASELINE, contract.CROSSING, contract.EXEMPLAR, contract.DROPPED}
    assert (reasons[contract.CAPPED], reasons[contract.UNFINISHED]) == (0, 0)


def test_nothing_was_lost_on_the_way(busy: Demo) -> None:
    assert set(_by_label(busy, contract.SPANS_LOST, contract.REASON).values()) == {0}
    assert set(_by_label(busy, contract.EXPORT_FAILURES, contract.SIGNAL).values()) == {0}


def test_every_process_tells_that_it_was_built_after_its_fork(busy: Demo) -> None:
    name = _name(contract.TELEMETRY_INFO)
    eventually(lambda: {labels["instance"] for labels, _ in evidence.values(busy.lens, name)} >= SENDERS)

    told = evidence.values(busy.lens, name)
    assert {labels["instance"] for labels, _ in told} == SENDERS
    assert {(labels["built_after_fork"], labels["ratio"], value) for labels, value in told} == {
        ("true", "0.1", 1.0)
    }


def test_audit_found_every_dot_alive(busy: Demo) -> None:
    states = eventually(lambda: _by_label(busy, contract.EXEMPLARS_AUDITED, contract.STATE), seconds=60)

    assert states.pop(contract.ALIVE) > 0
    assert states == {contract.SPAN_MISSING: 0, contract.TRACE_MISSING: 0}
    assert set(_by_label(busy, contract.AUDITS, contract.OUTCOME)) == {contract.SUCCEEDED}


def test_audits_leave_no_dots_of_their_own_questions(busy: Demo) -> None:
    asked = evidence.values(
        busy.lens, f'http_client_request_duration_count{{server_port="{busy.places.lens_port}"}}'
    )

    assert asked == []


def test_oldest_due_grows_while_nobody_charges(busy: Demo) -> None:
    name = _name(contract.OLDEST_DUE)
    busy.supervisor.stop("worker-payments")
    try:
        order = buy(busy)
        oldest = eventually(lambda: evidence.total(busy.lens, name) > 3)
    finally:
        busy.supervisor.start("worker-payments")

    assert oldest
    assert [labels["job"] for labels, _ in evidence.values(busy.lens, name)] == ["webstore/beat"]
    assert busy.shopper().wait(order.path, seconds=60) == "Paid"
    assert eventually(lambda: evidence.total(busy.lens, name) < 3)


def test_payments_in_review_are_counted(busy: Demo) -> None:
    [(waiting,)] = busy.rows("SELECT count(*) FROM payments_paymentattempt WHERE state = 'review'")

    assert eventually(lambda: evidence.total(busy.lens, _name(contract.IN_REVIEW)) == waiting)
    told = evidence.values(busy.lens, _name(contract.IN_REVIEW))
    assert [labels["job"] for labels, _ in told] == ["webstore/beat"]


def test_unreadable_table_costs_beat_two_numbers(busy: Demo) -> None:
    log = busy.places.logs / "beat.log"
    names = (contract.OLDEST_DUE.name, contract.IN_REVIEW.name)
    with without_table(busy, "payments_paymentattempt"):
        said = eventually(lambda: all(f"no value for {name}" in log.read_text() for name in names))

    assert said
    assert eventually(lambda: evidence.values(busy.lens, _name(contract.OLDEST_DUE)))
