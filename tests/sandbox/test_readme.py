"""The README tells what the control API really takes."""

import re

from payments.sandbox.switches import Fault, Switches, WebhookManner
from tests.sandbox.provider import ROOT

README = (ROOT / "payments" / "sandbox" / "README.md").read_text()
ROWS = dict(re.findall(r"^\| `([\w.]+)` \| ([^|]+) \|", README, re.MULTILINE))


def test_every_fault_has_a_row_with_its_usual_seconds() -> None:
    told = {fault: ROWS[fault] for fault in Fault}

    assert {fault for fault, seconds in told.items() if seconds == "–"} == {
        *(Fault.NONE, Fault.RATE_LIMIT, Fault.UNAVAILABLE, Fault.ERROR_BEFORE, Fault.ERROR_AFTER),
        *(Fault.DECLINE, Fault.LOSE_ANSWER),
    }
    for fault, seconds in told.items():
        assert seconds == "–" or float(seconds) == Switches(fault=fault).pause_seconds


def test_every_field_has_a_row() -> None:
    fields = set(Switches.__dataclass_fields__) - {"webhooks"}
    manner = {f"webhooks.{name}" for name in WebhookManner.__dataclass_fields__}

    assert fields | manner <= set(ROWS)
