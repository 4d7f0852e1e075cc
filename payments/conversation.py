"""A conversation with the provider: ask with the row's key, and look up where that can tell no more."""

from collections.abc import Callable
from typing import TypeVar

from opentelemetry.trace import SpanKind

from payments import claiming
from payments.exchange import KeySpent, TryAgain
from payments.outbox import OutboxRow
from webstore.telemetry import contract, tracing

Told = TypeVar("Told")
Call = Callable[[], Told]


def hold(row: OutboxRow, *, ask: Call[Told], look_up: Call[Told]) -> Told:
    """Return what the provider decided; `TryAgain` or `NeverAgain` say why it is not known."""
    if claiming.has_old_key(row):
        # It may be forgotten there, and would be obeyed anew.
        return look_up()
    if claiming.has_ageing_key(row):
        raise TryAgain("the key is about to be forgotten")
    try:
        return ask()
    except KeySpent:
        return look_up()


def asked(call: Call[Told]) -> Told:
    with tracing.span(contract.PAYMENT_PROVIDER_API, kind=SpanKind.CLIENT):
        return call()


def looked_up(call: Call[Told]) -> Told:
    try:
        return asked(call)
    except TryAgain as failure:
        # That the look-up itself stored nothing says nothing about what it looks for.
        failure.may_have_charged = True
        raise
