"""Grafana 12's JSON of a board."""

import string
from collections.abc import Iterator
from typing import Any

from deploy.grafana.drawing.model import Board, Choice, Panel, Query, Row
from deploy.grafana.drawing.panels import field_config, options

Json = dict[str, Any]

PROMETHEUS: Json = {"type": "prometheus", "uid": "prometheus"}
# Grafana 12's; a newer one brings it up to date when it loads the file.
SCHEMA_VERSION = 41
COLUMNS = 24
# What the time picker offers. Traces are kept at least as long as the longest, so that each dot opens.
RANGES = {
    "Last 15 minutes": "15m",
    "Last hour": "1h",
    "Last 6 hours": "6h",
    "Last 24 hours": "24h",
    "Last 2 days": "2d",
    "Last 7 days": "7d",
}


def drawn(board: Board) -> Json:
    """Return the board as Grafana reads it from a file."""
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.description,
        "tags": ["webstore"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "timezone": "browser",
        "refresh": "30s",
        "graphTooltip": 1,
        "time": {"from": f"now-{board.range}", "to": "now"},
        "timepicker": {
            "refresh_intervals": ["5s", "15s", "30s", "1m", "5m"],
            "quick_ranges": [
                {"display": display, "from": f"now-{length}", "to": "now"}
                for display, length in RANGES.items()
            ],
        },
        "links": [_link_to_the_others()],
        "templating": {"list": [_variable(choice) for choice in board.choices]},
        "annotations": {"list": [_firing_alerts()]},
        "panels": list(_panels(board)),
    }


def _panels(board: Board) -> Iterator[Json]:
    y = 0
    for number, row in enumerate(board.rows, start=1):
        yield {
            # Far from the panels' own numbers.
            "id": 1_000 + number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1},
            "panels": [],
        }
        placed = [_panel(panel, place) for panel, place in zip(row.panels, _places(row, y + 1), strict=True)]
        yield from placed
        y = max(panel["gridPos"]["y"] for panel in placed) + row.height


def _places(row: Row, top: int) -> Iterator[Json]:
    x, y = 0, top
    for panel in row.panels:
        if x + panel.width > COLUMNS:
            x, y = 0, y + row.height
        yield {"x": x, "y": y, "w": panel.width, "h": row.height}
        x += panel.width


def _panel(panel: Panel, place: Json) -> Json:
    return {
        "id": panel.number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": PROMETHEUS,
        "gridPos": place,
        "targets": [
            _target(query, letter, panel)
            for query, letter in zip(panel.queries, string.ascii_uppercase, strict=False)
        ],
        "fieldConfig": field_config(panel),
        "options": options(panel),
    }


def _target(query: Query, letter: str, panel: Panel) -> Json:
    is_table = panel.kind == "table"
    return {
        "refId": letter,
        "datasource": PROMETHEUS,
        "expr": query.expr,
        "legendFormat": "{{le}}" if panel.kind == "heatmap" else query.legend,
        "format": {"heatmap": "heatmap", "table": "table"}.get(panel.kind, "time_series"),
        # Exemplars come with range queries only.
        "range": not is_table,
        "instant": is_table,
        "exemplar": query.exemplars,
        "editorMode": "code",
    }


def _variable(choice: Choice) -> Json:
    values = [(text, value, False) for text, value in choice.values.items()]
    return {
        "type": "custom",
        "name": choice.name,
        "label": choice.label,
        "query": ", ".join(f"{text} : {value}" for text, value, _ in values),
        "multi": True,
        "includeAll": True,
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [
            {"text": text, "value": value, "selected": selected}
            for text, value, selected in [("All", "$__all", True), *values]
        ],
    }


def _link_to_the_others() -> Json:
    return {
        "type": "dashboards",
        "title": "WebStore",
        "tags": ["webstore"],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": True,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }


def _firing_alerts() -> Json:
    return {
        "name": "Alerts",
        "datasource": PROMETHEUS,
        "enable": True,
        "hide": False,
        "iconColor": "red",
        "expr": 'ALERTS{alertstate="firing"}',
        "step": "30s",
        "titleFormat": "{{alertname}}",
        "textFormat": "{{severity}}",
    }
