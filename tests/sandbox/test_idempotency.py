"""One charge per key, over HTTP and many at once."""

from concurrent.futures import ThreadPoolExecutor

from tests.sandbox.provider import Provider, wanted


def test_repeat_hears_the_first_answer(shared_provider: Provider) -> None:
    first = shared_provider.charge("repeat", wanted(reference="REPEAT"))
    again = shared_provider.charge("repeat", wanted(reference="REPEAT"))

    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.content) == (200, first.content)
    assert shared_provider.charges("REPEAT") == [first.json()]


def test_declined_charge_is_replayed_too(shared_provider: Provider) -> None:
    body = wanted(reference="DECLINED", source="tok_decline")
    first = shared_provider.charge("declined", body)
    again = shared_provider.charge("declined", body)

    assert (again.status_code, again.content) == (402, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_same_key_with_other_parameters_is_refused(shared_provider: Provider) -> None:
    shared_provider.charge("other", wanted(reference="OTHER"))
    answer = shared_provider.charge("other", wanted(reference="OTHER", amount=4187))

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "idempotency_error"
    assert [charge["amount"] for charge in shared_provider.charges("OTHER")] == [4186]


def test_refused_parameters_leave_the_key_free(shared_provider: Provider) -> None:
    refused = shared_provider.charge("free", wanted(reference="FREE", amount=0))
    answer = shared_provider.charge("free", wanted(reference="FREE"))

    assert (refused.status_code, answer.status_code) == (400, 200)
    assert "Idempotent-Replayed" not in answer.headers


def test_other_key_charges_again(shared_provider: Provider) -> None:
    first = shared_provider.charge("one", wanted(reference="TWICE")).json()
    second = shared_provider.charge("two", wanted(reference="TWICE")).json()

    assert shared_provider.charges("TWICE") == [second, first]
    assert shared_provider.get(f"/v1/charges/{first['id']}").json() == first


def test_twenty_at_once_make_one_charge(shared_provider: Provider) -> None:
    # Slow: on a busy machine, too, some ask while the first still waits.
    body = wanted(reference="AT-ONCE", source="tok_slow")
    with ThreadPoolExecutor(20) as pool:
        heard = list(pool.map(lambda _: shared_provider.charge("at-once", body), range(20)))

    in_use = [answer for answer in heard if answer.status_code == 409]
    charged = [answer for answer in heard if answer.status_code == 200]
    first = [answer for answer in charged if "Idempotent-Replayed" not in answer.headers]
    assert len(in_use) + len(charged) == 20
    assert len(in_use) >= 1
    assert len(first) == 1
    assert shared_provider.charges("AT-ONCE") == [first[0].json()]
