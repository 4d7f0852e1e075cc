"""What people call the place where time went."""

from tests.evidence.tracing import checkout, node, span
from webstore.evidence.steps import step_of
from webstore.evidence.tree import build


def test_a_providers_span_is_the_shops_step_that_called_it() -> None:
    tree = checkout()

    assert step_of(tree, node(tree, "POST /v1/charges")) == "payment_provider_api"
    assert step_of(tree, node(tree, "POST")) == "payment_provider_api"


def test_a_step_is_called_by_its_own_name() -> None:
    tree = checkout()

    assert step_of(tree, node(tree, "process_payment")) == "process_payment"
    assert step_of(tree, node(tree, "POST /checkout")) == "POST /checkout"


def test_a_query_is_told_with_its_step() -> None:
    tree = build([span("create_order", 0, 9), span("SELECT", 1, 8, "create_order", kind="client")])

    assert step_of(tree, node(tree, "SELECT")) == "create_order › SELECT"


def test_a_task_is_no_part_of_the_page_that_asked_for_it() -> None:
    tree = checkout()

    assert step_of(tree, node(tree, "run")) == "run"


def test_a_page_without_steps_is_called_by_its_own_name() -> None:
    tree = build([span("GET /products", 0, 9, kind="server")])

    assert step_of(tree, node(tree, "GET /products")) == "GET /products"
