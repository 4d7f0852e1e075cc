"""Where expressions stand in `deploy/`: dashboards, data sources, rules, runbooks."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DASHBOARDS = tuple(sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")))
DATA_SOURCES = DEPLOY / "grafana" / "provisioning" / "datasources" / "webstore.yml"
RULES = tuple(sorted((DEPLOY / "prometheus" / "rules").glob("*.yml")))
RUNBOOKS = tuple(sorted((DEPLOY / "runbooks").glob("*.md")))

# Grafana's own, and every dashboard's variables: something of their kind stands in for them.
_STAND_INS = {
    "$__rate_interval": "1m",
    "$__interval": "15s",
    "$__range": "1h",
    "$__tags": 'service_name="web", http_route="/checkout"',
    "$job": "webstore/web|webstore/provider",
}
_TEMPLATE = re.compile(r"\{\{.*?\}\}")


@dataclass(frozen=True)
class Expression:
    where: str
    text: str
    told: frozenset[str] = frozenset()
    """Labels that a legend or an alert's text tells of its result."""


@dataclass(frozen=True)
class Rule:
    name: str
    expression: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    where: str
    is_alert: bool


def every_expression() -> list[Expression]:
    """Return every PromQL expression in `deploy/`."""
    return [*panel_expressions(), *annotations(), *span_queries(), *_of_rules(), *runbook_expressions()]


def dashboard(path: Path) -> Any:
    return json.loads(path.read_text())


def panels(board: Any) -> list[Any]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def panel_expressions() -> Iterator[Expression]:
    for where, target in _targets():
        told = frozenset(re.findall(r"\{\{\s*(\w+)\s*\}\}", target["legendFormat"]))
        yield Expression(where, stood_in(target["expr"]), told)


def exemplar_expressions() -> Iterator[Expression]:
    """Yield the queries whose exemplars Grafana asks for."""
    for where, target in _targets():
        if target["exemplar"]:
            yield Expression(where, stood_in(target["expr"]))


def annotations() -> Iterator[Expression]:
    for path in DASHBOARDS:
        for note in dashboard(path)["annotations"]["list"]:
            told = frozenset(re.findall(r"\w+", note["titleFormat"] + note["textFormat"]))
            yield Expression(f"{path.stem}: {note['name']}", stood_in(note["expr"]), told)


def _targets() -> Iterator[tuple[str, Any]]:
    for path in DASHBOARDS:
        for panel in panels(dashboard(path)):
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']} {target['refId']}", target


def data_sources() -> dict[str, Any]:
    """Return Grafana's data sources by uid, as Grafana reads them: dollar signs no longer doubled."""
    read = yaml.safe_load(DATA_SOURCES.read_text().replace("$$", "$"))
    return {source["uid"]: source for source in read["datasources"]}


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            name=rule.get("record") or rule["alert"],
            expression=rule["expr"],
            labels=rule.get("labels", {}),
            annotations=rule.get("annotations", {}),
            where=f"{path.name}: {rule.get('record') or rule['alert']}",
            is_alert="alert" in rule,
        )
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    )


def recording_rules() -> list[Rule]:
    return [rule for rule in rules() if not rule.is_alert]


def recordings() -> Iterator[Expression]:
    """Yield what is recorded, by its name."""
    for rule in recording_rules():
        yield Expression(rule.where, rule.name)


def alerts() -> list[Rule]:
    return [rule for rule in rules() if rule.is_alert]


def runbook_expressions() -> Iterator[Expression]:
    """Yield what stands in a runbook's blocks of PromQL, one to a paragraph."""
    for path in RUNBOOKS:
        for block in re.findall(r"^```promql\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL):
            for text in re.split(r"\n\s*\n", block.strip()):
                yield Expression(f"runbook {path.stem}", text)


def promoted_attributes() -> list[str]:
    """Return the resource attributes that Prometheus makes labels."""
    read = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    return list(read["otlp"]["promote_resource_attributes"])


def stood_in(text: str) -> str:
    for variable, value in _STAND_INS.items():
        text = text.replace(variable, value)
    return text


def span_queries() -> Iterator[Expression]:
    for query in data_sources()["tempo"]["jsonData"]["tracesToMetrics"]["queries"]:
        yield Expression(f"trace to metrics: {query['name']}", stood_in(query["query"]))


def _of_rules() -> Iterator[Expression]:
    for rule in rules():
        texts = [str(text) for text in (*rule.annotations.values(), *rule.labels.values())]
        told = frozenset(name for text in texts for name in re.findall(r"\$labels\.(\w+)", text))
        yield Expression(rule.where, rule.expression, told)
        if "exemplar_query" in rule.annotations:
            query = _TEMPLATE.sub("x", rule.annotations["exemplar_query"])
            yield Expression(f"{rule.where}, exemplars", query)
