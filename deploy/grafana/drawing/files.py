"""From a file of boards/ to one of dashboards/."""

import json
from pathlib import Path

import yaml

from deploy.grafana.drawing.board import drawn
from deploy.grafana.drawing.model import Board

_FOLDER = Path(__file__).resolve().parent.parent
BOARDS = tuple(sorted((_FOLDER / "boards").glob("*.yml")))


def read(source: Path) -> Board:
    """Return a board; a key nobody knows is an error."""
    return Board.read(yaml.safe_load(source.read_text()))


def drawn_text(source: Path) -> str:
    return json.dumps(drawn(read(source)), indent=2, ensure_ascii=False) + "\n"


def file_of(source: Path) -> Path:
    """Return where Grafana's file of a board is kept."""
    return _FOLDER / "dashboards" / f"{source.stem}.json"
