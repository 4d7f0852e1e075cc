"""The dashboards Grafana loads: drawn from boards/, complete, and with dots that open traces."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from deploy.grafana.drawing.files import BOARDS, drawn_text, file_of, read
from tests.deploy import series, sources
from tests.deploy.promql import Reader
from webstore.telemetry import contract

PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
BUCKETS = {f"{name.replace('.', '_')}_bucket" for name in contract.HISTOGRAM_NAMES}
SHOWS_EXEMPLARS = {"timeseries", "heatmap"}

each_dashboard = pytest.mark.parametrize("path", sources.DASHBOARDS, ids=lambda path: path.stem)


def _metrics(target: Any) -> set[str]:
    reader = Reader(series.labels_of)
    reader.read(sources.stood_in(target["expr"]))
    return {selector.metric for selector in reader.selectors}


def _panels(path: Path) -> list[Any]:
    return sources.panels(sources.dashboard(path))


def _drawn_metrics(uid: str, *, exemplars: bool = False) -> set[str]:
    path = next(path for path in sources.DASHBOARDS if path.stem == uid)
    targets = [target for panel in _panels(path) for target in panel["targets"]]
    shown = [target for target in targets if target["exemplar"] or not exemplars]
    return {metric for target in shown for metric in _metrics(target)}


@pytest.mark.parametrize("source", BOARDS, ids=lambda source: source.stem)
def test_committed_dashboard_is_the_drawn_one(source: Path) -> None:
    assert file_of(source).read_text() == drawn_text(source), "run: python -m deploy.grafana.drawing"


def test_there_are_exactly_these_dashboards() -> None:
    uids = {path.stem: sources.dashboard(path)["uid"] for path in sources.DASHBOARDS}

    assert uids == {name: name for name in ("http-metrics", "service-health", "exemplar-health")}
    assert [file_of(source) for source in BOARDS] == list(sources.DASHBOARDS)


def test_misspelt_key_of_a_board_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "board.yml"
    [board] = [board for board in BOARDS if board.stem == "service-health"]
    source.write_text(board.read_text().replace("exemplars: true", "exemplar: true"))

    with pytest.raises(TypeError, match="exemplar"):
        read(source)


@each_dashboard
def test_every_panel_reads_a_provisioned_data_source(path: Path) -> None:
    asked = [panel["datasource"] for panel in _panels(path)]
    asked += [target["datasource"] for panel in _panels(path) for target in panel["targets"]]

    assert asked == [PROMETHEUS] * len(asked)
    assert sources.data_sources()[PROMETHEUS["uid"]]["type"] == PROMETHEUS["type"]


@each_dashboard
def test_exemplars_are_asked_for_where_grafana_shows_them(path: Path) -> None:
    asking = [(panel, target) for panel in _panels(path) for target in panel["targets"] if target["exemplar"]]

    for panel, target in asking:
        assert (target["range"], target["instant"]) == (True, False), panel["title"]
        assert panel["type"] in SHOWS_EXEMPLARS, panel["title"]
        # A recorded series has none.
        assert _metrics(target) <= BUCKETS, panel["title"]


@each_dashboard
def test_every_metric_has_one_exemplar_query_in_a_panel_and_it_is_the_first(path: Path) -> None:
    for panel in _panels(path):
        seen: set[str] = set()
        for target in panel["targets"]:
            # Grafana skips the exemplars of a metric that an earlier query of the panel names.
            assert not (target["exemplar"] and seen & _metrics(target)), panel["title"]
            seen |= _metrics(target)


@each_dashboard
def test_every_drawn_histogram_shows_its_dots(path: Path) -> None:
    for panel in _panels(path):
        drawn = {metric for target in panel["targets"] for metric in _metrics(target)} & BUCKETS
        dotted = {metric for target in panel["targets"] if target["exemplar"] for metric in _metrics(target)}
        assert panel["type"] not in SHOWS_EXEMPLARS or drawn == dotted, panel["title"]


def test_every_histogram_of_the_contract_has_dots_somewhere() -> None:
    dotted = {metric for path in sources.DASHBOARDS for metric in _drawn_metrics(path.stem, exemplars=True)}

    assert dotted == BUCKETS


def test_every_instrument_of_the_contract_is_drawn_somewhere() -> None:
    drawn = {metric for path in sources.DASHBOARDS for metric in _drawn_metrics(path.stem)}
    missing = [
        spec
        for spec in contract.INSTRUMENTS
        if not drawn & {spec.name.replace(".", "_") + end for end in ("", "_bucket", "_count")}
    ]

    # One number, and only while somebody asks for it.
    assert missing == [contract.DOCTOR_DELIVERY]


def test_the_seeds_panel_is_there_with_its_dots() -> None:
    [path] = [path for path in sources.DASHBOARDS if path.stem == "service-health"]
    [panel] = [panel for panel in _panels(path) if panel["title"] == "Payment Duration P95"]

    expressions = [target["expr"] for target in panel["targets"] if target["exemplar"]]
    assert expressions == [
        "histogram_quantile(0.95, sum by (le) (rate(webstore_payment_duration_bucket[$__rate_interval])))"
    ]


def test_amounts_are_a_heatmap_with_dots() -> None:
    [path] = [path for path in sources.DASHBOARDS if path.stem == "service-health"]
    [panel] = [panel for panel in _panels(path) if panel["title"] == "Checkout amounts"]

    [target] = panel["targets"]
    assert (panel["type"], target["format"], target["exemplar"]) == ("heatmap", "heatmap", True)
    assert _metrics(target) == {"webstore_checkout_amount_bucket"}


def test_exemplar_health_follows_a_dot_over_every_hop() -> None:
    assert _drawn_metrics("exemplar-health") >= {
        "webstore_exemplars",
        "webstore_exemplars_audited",
        "webstore_traces",
        "webstore_spans_lost",
        "webstore_export_failures",
        "webstore_telemetry_info",
        "otelcol_exporter_send_failed_metric_points",
        "prometheus_tsdb_exemplar_exemplars_appended_total",
        "prometheus_tsdb_exemplar_out_of_order_exemplars_total",
        "prometheus_api_otlp_out_of_order_exemplars_total",
    }


@each_dashboard
def test_panels_have_numbers_of_their_own_and_do_not_overlap(path: Path) -> None:
    board = sources.dashboard(path)
    places = [panel["gridPos"] for panel in board["panels"]]

    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in board["panels"]}) == len(places)


@each_dashboard
def test_every_variable_is_defined_or_grafanas_own(path: Path) -> None:
    board = sources.dashboard(path)
    expressions = [target["expr"] for panel in _panels(path) for target in panel["targets"]]

    used = {name for text in expressions for name in re.findall(r"\$(\w+)", text)}
    assert used - {"__rate_interval"} == {variable["name"] for variable in board["templating"]["list"]}


@each_dashboard
def test_traces_outlive_the_longest_range(path: Path) -> None:
    board = sources.dashboard(path)
    ranges = [board["time"]["from"], *(choice["from"] for choice in board["timepicker"]["quick_ranges"])]

    longest = max(_duration(text.removeprefix("now-")) for text in ranges)
    assert longest <= min(_retentions())


def _retentions() -> list[timedelta]:
    text = (sources.DEPLOY / "tempo" / "tempo.yaml").read_text()
    scheduler = yaml.safe_load(text)["backend_scheduler"]["provider"]["compaction"]["compaction"]
    worker = yaml.safe_load(text)["backend_worker"]["compaction"]
    return [_duration(compaction["block_retention"]) for compaction in (scheduler, worker)]


def _duration(text: str) -> timedelta:
    return promql_parser.parse_duration(text)
