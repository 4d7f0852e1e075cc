"""Giving the switch to the programs that run the shop's code."""

from collections.abc import Sequence
from dataclasses import replace

from webstore.demo.programs import Program

_GROUPS = ("front", "workers")


def armed(programs: Sequence[Program], **wishes: str) -> tuple[Program, ...]:
    """Return the programs; web, workers and beat with the switch inside, and these variables for it."""
    switch = {"DJANGO_SETTINGS_MODULE": "tests.faults.inside.settings", **wishes}
    return tuple(
        replace(program, environment=program.environment | switch) if program.group in _GROUPS else program
        for program in programs
    )
