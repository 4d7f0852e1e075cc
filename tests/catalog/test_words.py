"""Counts and searched words, as people read them."""

import pytest

from webstore.catalog.money import display
from webstore.catalog.templatetags.words import counted, marked


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (312, "312"),
        (9_999, "9999"),
        (10_000, "10\u202f000"),
        (10_001, "about 10\u202f000"),
        (1_204_331, "about 1\u202f200\u202f000"),
    ],
)
def test_counts_above_ten_thousand_are_rough(number: int, words: str) -> None:
    assert counted(number) == words


@pytest.mark.parametrize(
    ("query", "html"),
    [
        ("red", "<mark>Red</mark> &lt;b&gt; {cured} <mark>red</mark>dish"),
        ("", "Red &lt;b&gt; {cured} reddish"),
        ("<", "Red <mark>&lt;</mark>b&gt; {cured} reddish"),
        (".*(", "Red &lt;b&gt; {cured} reddish"),
    ],
)
def test_searched_words_are_marked_and_nothing_else(query: str, html: str) -> None:
    assert marked("Red <b> {cured} reddish", query) == html


@pytest.mark.parametrize(
    ("minor", "words"), [(0, "$0.00"), (5, "$0.05"), (123_456, "$1,234.56"), (-1_950, "-$19.50")]
)
def test_money_has_sign_and_two_decimals(minor: int, words: str) -> None:
    assert display(minor) == words
