"""Reading what the control API is to break. Whatever is wrong is refused, and nothing changes."""

from dataclasses import replace
from typing import Any

from payments.sandbox.control import Control, State
from payments.sandbox.parsing import read_choice, read_fields, read_object, wrong
from payments.sandbox.switches import ERROR_STATUSES, Fault, Switches, WebhookManner

_LONGEST_SECONDS = 120
_LONGEST_DELAY_SECONDS = 600
_LARGEST_COUNT = 1_000_000
_LONGEST_RETRY_AFTER = 3600
_LARGEST_SEED = 2**63 - 1
_MOST_REPEATS = 20

_ALLOWED = {"fault", "status", "seconds", "share", "count", "retry_after", "seed", "webhooks"}
_OF_WEBHOOKS = {"send", "repeat", "delay_seconds", "shuffle"}


def change(control: Control, body: bytes) -> State:
    """Set the fault, the manner in which events are told, or both: what is not named of them stays.

    Of each that is named, what is left out is as usual.
    """
    fields = read_fields(read_object(body), required=(), allowed=_ALLOWED)
    if fields.keys() == {"webhooks"}:
        return control.put_webhooks(_read_manner(fields["webhooks"]))
    now = control.state.switches.webhooks
    webhooks = _read_manner(fields["webhooks"]) if "webhooks" in fields else now
    return control.put(replace(_read_fault(fields), webhooks=webhooks))


def _read_fault(fields: dict[str, Any]) -> Switches:
    usual = Switches()
    return Switches(
        fault=Fault(read_choice("fault", fields.get("fault", usual.fault), choices=list(Fault))),
        status=_read_status(fields.get("status", usual.status)),
        seconds=_read_optional("seconds", fields, largest=_LONGEST_SECONDS),
        share=_read_number("share", fields.get("share", usual.share), largest=1),
        count=_read_optional_whole("count", fields, largest=_LARGEST_COUNT),
        retry_after=_read_optional_whole("retry_after", fields, largest=_LONGEST_RETRY_AFTER),
        seed=_read_whole("seed", fields.get("seed", usual.seed), largest=_LARGEST_SEED),
    )


def _read_manner(value: object) -> WebhookManner:
    if not isinstance(value, dict):
        raise wrong("parameter_invalid", "webhooks", "is an object")
    fields = read_fields(value, required=(), allowed=_OF_WEBHOOKS)
    usual = WebhookManner()
    return WebhookManner(
        send=_read_truth("send", fields.get("send", usual.send)),
        repeat=_read_whole("repeat", fields.get("repeat", usual.repeat), largest=_MOST_REPEATS, least=1),
        delay_seconds=_read_range(fields.get("delay_seconds", usual.delay_seconds)),
        shuffle=_read_truth("shuffle", fields.get("shuffle", usual.shuffle)),
    )


def _read_status(value: object) -> int:
    status = _read_whole("status", value, largest=599)
    if status not in ERROR_STATUSES:
        raise wrong("parameter_invalid", "status", "is one of 500, 502")
    return status


def _read_range(value: object) -> tuple[float, float]:
    name = "delay_seconds"
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise wrong("parameter_invalid", name, "is a list of two numbers")
    least, most = (_read_number(name, number, largest=_LONGEST_DELAY_SECONDS) for number in value)
    if least > most:
        raise wrong("parameter_invalid", name, "begins with the smaller number")
    return least, most


def _read_optional(name: str, fields: dict[str, Any], *, largest: int) -> float | None:
    return None if fields.get(name) is None else _read_number(name, fields[name], largest=largest)


def _read_optional_whole(name: str, fields: dict[str, Any], *, largest: int) -> int | None:
    return None if fields.get(name) is None else _read_whole(name, fields[name], largest=largest)


def _read_number(name: str, value: object, *, largest: int) -> float:
    # JSON's true is an int in Python; its NaN lies within no bounds.
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= largest:
        raise wrong("parameter_invalid", name, f"is a number, 0 to {largest}")
    return float(value)


def _read_whole(name: str, value: object, *, largest: int, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= largest:
        raise wrong("parameter_invalid", name, f"is a whole number, {least} to {largest}")
    return value


def _read_truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong("parameter_invalid", name, "is true or false")
    return value
