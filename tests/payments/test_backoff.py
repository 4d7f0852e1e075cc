import pytest

from payments.backoff import delay_seconds


@pytest.mark.parametrize(("tries", "base"), [(1, 2), (2, 6), (3, 18), (4, 20), (10, 20)])
def test_waits_longer_each_time_and_never_for_ever(tries: int, base: float) -> None:
    delays = [delay_seconds(f"key-{number}", tries=tries) for number in range(200)]

    assert base * 0.75 <= min(delays) < base * 0.8
    assert base * 1.2 < max(delays) <= base * 1.25


def test_waits_the_same_for_the_same_row() -> None:
    assert delay_seconds("key", tries=2) == delay_seconds("key", tries=2)
