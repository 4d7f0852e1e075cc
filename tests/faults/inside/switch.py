"""What the fault tests want to happen inside a program, from its environment, and how it gets in.

A patch names the attribute that production code looks up when it calls. If a refactoring takes
the name away, the program does not start: a fault that never happens would prove nothing.
"""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Original = Callable[..., Any]


class Disarmed(Exception):
    """The fault cannot be brought in: what it changes is not there any more."""


def seeded_bug() -> str:
    return os.environ.get("SEEDED_BUG", "")


def folder() -> Path | None:
    """Return where a test leaves its wishes while the programs run."""
    named = os.environ.get("FAULT_FOLDER")
    return Path(named) if named else None


def wrap(name: str, wrapper: Callable[[Original], Original]) -> None:
    """Replace `package.module:attribute` (or `:Class.attribute`) by what `wrapper` makes of it."""
    module, _, path = name.partition(":")
    *holders, attribute = path.split(".")
    try:
        owner: Any = import_module(module)
        for holder in holders:
            owner = getattr(owner, holder)
        original = getattr(owner, attribute)
    except (AttributeError, ModuleNotFoundError) as error:
        raise Disarmed(f"{name} is gone: the fault tests must learn its new name") from error
    setattr(owner, attribute, wrapper(original))
