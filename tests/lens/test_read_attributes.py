"""OTLP attributes as plain values and as words."""

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from webstore.lens.attributes import Plain, canonical, in_words, plain


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (AnyValue(string_value="US"), "US"),
        (AnyValue(bool_value=True), True),
        (AnyValue(int_value=-7), -7),
        (AnyValue(double_value=0.5), 0.5),
        (AnyValue(double_value=float("nan")), "nan"),
        (AnyValue(bytes_value=b"\xff"), "/w=="),
        (AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue()])), [1, None]),
        (AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key="a")])), {"a": None}),
    ],
)
def test_every_kind_of_value_is_kept(sent: AnyValue, kept: Plain) -> None:
    assert plain(sent) == kept


def test_attributes_are_equal_in_whatever_order_they_came() -> None:
    first, second = KeyValue(key="a"), KeyValue(key="b", value=AnyValue(int_value=2))

    assert canonical([first, second]) == canonical([second, first]) == '{"a":null,"b":2}'


def test_text_speaks_for_itself_and_a_number_with_its_name() -> None:
    assert in_words({"ratio": 1.0, "country": "US", "ready": True}) == "US · ratio 1.0 · ready true"
