"""The pictures below static/pictures, and their sizes: a page that knows them never jumps."""

import json
from dataclasses import dataclass
from pathlib import Path

_SIZES: dict[str, tuple[int, int]] = json.loads((Path(__file__).parent / "pictures.json").read_text())

# Stands in for a picture the shop does not have: an empty shelf would look broken.
_STAND_IN = "package.webp"

NAMES = tuple(sorted(_SIZES))


@dataclass(frozen=True)
class Picture:
    """`path` is below static; sizes are in pixels."""

    path: str
    width: int
    height: int


def named(name: str) -> Picture:
    known = name if name in _SIZES else _STAND_IN
    width, height = _SIZES[known]
    return Picture(path=f"pictures/{known}", width=width, height=height)
