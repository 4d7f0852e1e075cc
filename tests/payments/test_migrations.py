"""What programs of before wrote is put right by the next migration."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from payments.models import PaymentAttempt
from tests.payments.making import make_attempt

pytestmark = pytest.mark.django_db


def _fill() -> PaymentAttempt:
    """Run the fill on today's tables; return the one attempt."""
    migration = import_module("payments.migrations.0010_fill_again_what_old_programs_left")
    migration.fill(apps, connection.schema_editor())
    return PaymentAttempt.objects.get()


def test_an_approval_counts_as_charged() -> None:
    make_attempt(state="approved", tries=1, asked_count=1)

    filled = _fill()

    assert (filled.charged_minor, filled.refunded_minor) == (4186, 0)


def test_a_key_that_was_tried_may_be_known() -> None:
    made = make_attempt(state="unknown", tries=2)

    filled = _fill()

    assert (filled.asked_count, filled.asked_at) == (2, made.created_at)


def test_what_this_program_wrote_stays() -> None:
    make_attempt(state="declined", tries=1, asked_count=1)
    before = PaymentAttempt.objects.values().get()

    _fill()

    assert PaymentAttempt.objects.values().get() == before
