"""One way to run the shop on this machine."""

from collections.abc import Callable
from dataclasses import dataclass

from webstore.demo.places import Places
from webstore.demo.programs import Program


@dataclass(frozen=True)
class Stage:
    """Where it plays, who is in it, and what to tell whoever started it."""

    places: Places
    programs: tuple[Program, ...]
    welcome: str
    # Called with the programs' environment before any of them starts; raises `CannotStart`.
    prepare: Callable[[dict[str, str]], None]
