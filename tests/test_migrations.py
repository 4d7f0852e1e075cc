"""New columns fill themselves: while pods are replaced, old ones insert rows without them."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations import AddField, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader

ROOMS = ("webstore", "orders", "payments")


def _later_migrations() -> Iterator[Migration]:
    """Yield the shop's own migrations, without each app's first."""
    for (label, _), migration in MigrationLoader(None).disk_migrations.items():
        if apps.get_app_config(label).name.partition(".")[0] in ROOMS and not migration.initial:
            yield migration


def _added_columns() -> Iterator[models.Field[object, object]]:
    """Yield the columns that came to tables which were there before, as they are now."""
    for migration in _later_migrations():
        new_tables = {made.name.lower() for made in migration.operations if isinstance(made, CreateModel)}
        for added in migration.operations:
            if isinstance(added, AddField) and added.model_name_lower not in new_tables:
                model = apps.get_model(migration.app_label, added.model_name)
                yield model._meta.get_field(added.name)


def test_there_are_columns_to_judge() -> None:
    assert "orders.Order.refunded_minor" in [str(column) for column in _added_columns()]


@pytest.mark.parametrize("column", [*_added_columns()], ids=str)
def test_a_column_that_came_later_fills_itself(column: models.Field[object, object]) -> None:
    fills_itself = column.null or column.generated or column.has_db_default()

    assert fills_itself, f"{column} needs a db_default, in a migration of its own"
