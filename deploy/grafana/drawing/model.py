"""What a board is made of; a file of boards/ has exactly these keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["timeseries", "heatmap", "stat", "table"]
Yaml = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Query:
    expr: str
    legend: str = ""
    exemplars: bool = False
    """Grafana asks for exemplars only with the first query of a panel that names their metric."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    number: int
    """Never changes: links point at it."""
    title: str
    kind: Kind
    description: str
    queries: tuple[Query, ...]
    unit: str = "short"
    decimals: int | None = None
    width: int = 12
    steps: Mapping[float, str] = field(default_factory=dict)
    """From each value on its colour; green below the first."""
    colours: Mapping[str, str] = field(default_factory=dict)
    """Of series that mean the same in every panel."""
    stacked: bool = False

    @classmethod
    def read(cls, source: Yaml) -> "Panel":
        return cls(**{**source, "queries": tuple(Query(**query) for query in source["queries"])})


@dataclass(frozen=True, kw_only=True)
class Row:
    """Panels of one height; they wrap after 24 columns."""

    title: str
    panels: tuple[Panel, ...]
    height: int = 8

    @classmethod
    def read(cls, source: Yaml) -> "Row":
        return cls(**{**source, "panels": tuple(Panel.read(panel) for panel in source["panels"])})


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A variable with fixed values, all of them chosen at first."""

    name: str
    label: str
    values: Mapping[str, str]
    """Shown text → value."""


@dataclass(frozen=True, kw_only=True)
class Board:
    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    range: str
    choices: tuple[Choice, ...] = ()

    @classmethod
    def read(cls, source: Yaml) -> "Board":
        # Anchors of colours, which its panels refer to.
        told = {key: value for key, value in source.items() if key != "palettes"}
        choices = tuple(Choice(**choice) for choice in source.get("choices", ()))
        return cls(**{**told, "rows": tuple(Row.read(row) for row in source["rows"]), "choices": choices})
