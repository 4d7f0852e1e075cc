"""The reading of PromQL that the contract test rests on can say no."""

import pytest

from tests.deploy.promql import Labels, Nonsense, Reader, alternatives

_SERIES = {
    "asked_bucket": frozenset({"le", "job", "route"}),
    "asked_count": frozenset({"job", "route"}),
    "info": frozenset({"job", "version"}),
}


def _read(expression: str) -> Labels:
    return Reader(_SERIES.__getitem__).read(expression)


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        ("asked_count", {"job", "route"}),
        ("sum(rate(asked_count[5m]))", set()),
        ("sum by (job) (rate(asked_count[5m])) or vector(0)", {"job"}),
        ("sum without (job) (asked_count)", {"route"}),
        ("topk(3, asked_count)", {"job", "route"}),
        ("histogram_quantile(0.95, sum by (le, route) (rate(asked_bucket[5m]))) > 5", {"route"}),
        ("sum by (job) (asked_count) * on (job) group_left (version) info", {"job", "version"}),
        ("(asked_count > 14.4 * 0.005) and asked_count", {"job", "route"}),
        ("time() - max(asked_count)", set()),
        ("max_over_time(sum(asked_count)[5m:1m])", set()),
        ('label_replace(info, "v", "$1", "version", "(.*)")', {"job", "version", "v"}),
    ],
)
def test_labels_of_a_result_are_known(expression: str, labels: set[str]) -> None:
    assert _read(expression) == labels


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("asked_total", "nobody makes asked_total"),
        ('{__name__="asked_count"}', "without a metric's name"),
        ('asked_count{path="/"}', "matched in asked_count path"),
        ("sum by (path) (asked_count)", "aggregated by path"),
        ("histogram_quantile(0.95, sum(rate(asked_bucket[5m])))", "needs le"),
        ("asked_count / on (version) info", "matched on version"),
        ("asked_count and sum(asked_count)", "never match"),
        ("rate(asked_count)", "no PromQL"),
        ("sum(", "no PromQL"),
    ],
)
def test_made_up_names_and_empty_matches_are_refused(expression: str, why: str) -> None:
    with pytest.raises(Nonsense, match=why):
        _read(expression)


def test_what_a_pattern_spells_out_is_known() -> None:
    assert list(alternatives("error|timeout")) == ["error", "timeout"]
    assert list(alternatives("5..")) == ["5.."]
    assert list(alternatives("web.+|[a-z]")) == []
