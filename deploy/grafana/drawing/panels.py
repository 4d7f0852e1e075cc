"""How each kind of panel looks."""

from typing import Any

from deploy.grafana.drawing.model import Panel

Json = dict[str, Any]


def field_config(panel: Panel) -> Json:
    defaults: Json = {"unit": panel.unit, "min": 0, "thresholds": _thresholds(panel)}
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    match panel.kind:
        case "timeseries":
            defaults |= {"color": {"mode": "palette-classic"}, "custom": _lines(panel)}
        case "stat":
            defaults |= {"color": {"mode": "thresholds"}, "noValue": "no data"}
        case "heatmap":
            defaults = {"custom": {"scaleDistribution": {"type": "linear"}}}
        case "table":
            defaults |= {"custom": {"align": "auto", "filterable": False}}
    return {"defaults": defaults, "overrides": _overrides(panel)}


def options(panel: Panel) -> Json:
    match panel.kind:
        case "timeseries":
            return {
                "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        case "stat":
            return {
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                "colorMode": "value",
                "graphMode": "area",
                "textMode": "auto",
                "justifyMode": "auto",
                "orientation": "auto",
            }
        case "heatmap":
            return _heatmap(panel)
        case "table":
            return {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}}


def _lines(panel: Panel) -> Json:
    lines: Json = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 30 if panel.stacked else 10,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
    }
    return lines | ({"thresholdsStyle": {"mode": "dashed"}} if panel.steps else {})


def _heatmap(panel: Panel) -> Json:
    return {
        # Prometheus' buckets are the rows.
        "calculate": False,
        "cellGap": 1,
        "color": {
            "mode": "scheme",
            "scheme": "Blues",
            "scale": "exponential",
            "exponent": 0.5,
            "steps": 64,
            "reverse": False,
            "fill": "dark-blue",
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": True},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": panel.unit},
    }


def _thresholds(panel: Panel) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    steps += [{"color": colour, "value": value} for value, colour in panel.steps.items()]
    return {"mode": "absolute", "steps": steps}


def _overrides(panel: Panel) -> list[Json]:
    return [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
        }
        for name, colour in panel.colours.items()
    ]
