"""A program that measures twenty payments a second: `python -m tests.evidence.shop_program web [mistake]`.

A mistake is what somebody may make of the telemetry's parts: `default-buckets` (the instrument has no
boundaries of its own), `no-view` (nobody chooses which measurement speaks). Or its clock is off by so
many seconds: `-3600`.
"""

import sys
import time

import time_machine
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics.view import View

from webstore.telemetry import contract, lifecycle, pipeline

SPEC = contract.PAYMENT_DURATION
LABELS = {"country": "US", "payment_method": "card", "outcome": "approved"}


def main(service: str, mistake: str = "") -> None:
    if mistake == "no-view":
        vars(pipeline)["View"] = lambda **_: View(instrument_name="*")
    if mistake.lstrip("-").isdecimal():
        time_machine.travel(time.time() + float(mistake), tick=True).start()
    lifecycle.start(service)
    histogram = metrics.get_meter(contract.SCOPE).create_histogram(
        SPEC.name,
        unit=SPEC.unit,
        explicit_bucket_boundaries_advisory=None if mistake == "default-buckets" else SPEC.boundaries,
    )
    tracer = trace.get_tracer(contract.SCOPE)
    while True:
        with tracer.start_as_current_span(contract.PROCESS_PAYMENT):
            histogram.record(0.12, LABELS)
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
