"""New columns fill themselves: while pods are replaced, old ones insert rows without them."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from django.db.models import CheckConstraint, Q
from django.utils import timezone

from orders.models import Order

ROOMS = ("webstore", "orders", "payments")

Added = TypeVar("Added", AddField, AddConstraint)


def _later_migrations() -> Iterator[Migration]:
    """Yield the shop's own migrations, without each app's first."""
    for (label, _), migration in MigrationLoader(None).disk_migrations.items():
        if apps.get_app_config(label).name.partition(".")[0] in ROOMS and not migration.initial:
            yield migration


def _added(kind: type[Added]) -> Iterator[tuple[type[Any], Added]]:
    """Yield what came to tables that were there before, each with its table as it is now."""
    for migration in _later_migrations():
        new_tables = {made.name.lower() for made in migration.operations if isinstance(made, CreateModel)}
        for added in migration.operations:
            if isinstance(added, kind) and added.model_name_lower not in new_tables:
                yield apps.get_model(migration.app_label, added.model_name), added


def _added_columns() -> Iterator[models.Field[object, object]]:
    """Yield the columns that came later, as they are now."""
    for model, added in _added(AddField):
        yield model._meta.get_field(added.name)


def _added_rules() -> Iterator[Any]:
    for model, added in _added(AddConstraint):
        if isinstance(added.constraint, CheckConstraint):
            yield pytest.param(model, added.constraint, id=added.constraint.name)


def _as_inserted_by_old_programs(model: type[Any], name: str) -> object:
    column = model._meta.get_field(name)
    if column in LATER:
        return column.db_default if column.has_db_default() else None
    # What they must give themselves is an amount.
    return column.get_default() if column.has_default() else 1


LATER = [*_added_columns()]


def test_there_are_columns_to_judge() -> None:
    assert "orders.Order.refunded_minor" in [str(column) for column in LATER]


@pytest.mark.parametrize("column", LATER, ids=str)
def test_a_column_that_came_later_fills_itself(column: models.Field[object, object]) -> None:
    fills_itself = column.null or column.generated or column.has_db_default()

    assert fills_itself, f"{column} needs a db_default, in a migration of its own"


def test_there_are_rules_to_judge() -> None:
    assert "order_placed_is_reserved" in [rule.id for rule in _added_rules()]


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "rule"), [*_added_rules()])
def test_a_rule_that_came_later_lets_old_programs_insert(
    model: type[models.Model], rule: CheckConstraint
) -> None:
    assert isinstance(rule.condition, Q)
    names = {path.partition("__")[0] for path in rule.condition.referenced_base_fields}
    row = {name: _as_inserted_by_old_programs(model, name) for name in names}

    assert rule.condition.check(row), f"{rule.name} refuses {row}"


@pytest.mark.django_db
def test_the_first_program_can_still_place_an_order() -> None:
    first = MigrationLoader(connection).project_state(("orders", "0001_initial")).apps
    placed = first.get_model("orders", "Order").objects.create(checkout_token=uuid.uuid4(), total_minor=4186)

    kept_until = Order.objects.get(pk=placed.pk).reserved_until

    assert kept_until is not None
    assert abs(kept_until - timezone.now() - timedelta(minutes=30)) < timedelta(seconds=10)
