from tests.recording import Telemetry
from webstore.telemetry import contract, instruments


def test_each_reason_is_told_before_its_first_miscount(telemetry: Telemetry) -> None:
    instruments.begin_miscounts()

    told = {point.attributes[contract.REASON] for point in telemetry.points(contract.MISCOUNTS.name)}
    assert told == {"sold_unreserved", "released_unreserved", "refunded_uncounted"}
    assert telemetry.count("webstore.miscounts", {"reason": "sold_unreserved"}) == 0
