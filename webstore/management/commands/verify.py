"""`manage.py verify`: was everybody charged once for what they bought? Exit 1: no. Exit 2: nobody can say."""

import json
import time
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from payments.verify import patience, settling
from payments.verify.judging import Sources, judge
from payments.verify.verdict import CannotJudge, Progress, Verdict

_BROKEN, _UNKNOWN = 1, 2
_LONGEST_SECONDS = 10 * 365 * 86_400


class Command(BaseCommand):
    help = "Judge the shop's orders, stock and history against the payment provider's own ledger."
    # It reads, and says itself what is missing.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ledger", type=Path, default=settings.SANDBOX_LEDGER, help="the ledger file (%(default)s)"
        )
        parser.add_argument("--journal", type=Path, help="what customers were shown, as JSON lines")
        parser.add_argument(
            "--settle",
            type=_seconds,
            default=0,
            metavar="SECONDS",
            help="wait so long at most until nothing is under way (0)",
        )
        parser.add_argument(
            "--older-than",
            type=_seconds,
            metavar="SECONDS",
            help="what has been under way for less is not wrong yet "
            f"({patience.usual().total.total_seconds():.0f}: all tries and the waits between)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--progress", action="store_true", help="say how far it is, also to a file")

    def handle(self, *_args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            is_settled = settling.settle(options["settle"]) if options["settle"] else None
            verdict = judge(
                Sources(options["ledger"], options["journal"]),
                older_than=options["older_than"],
                on_progress=self._progress(asked_for=options["progress"]),
            )
        except (CannotJudge, DatabaseError) as reason:
            raise CommandError(f"Nobody could judge. {reason}", returncode=_UNKNOWN) from reason
        facts = {"seconds": round(time.monotonic() - began, 2), "settled": is_settled}
        self.stdout.write(json.dumps(verdict.as_json() | facts) if options["json"] else _as_text(verdict))
        if not verdict.is_clean:
            raise CommandError(f"{len(verdict.violations)} violations.", returncode=_BROKEN)

    def _progress(self, *, asked_for: bool) -> Progress | None:
        if not (asked_for or self.stderr.isatty()):
            return None
        return lambda done, total: self.stderr.write(f"{done:,} of {total:,} orders judged")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise ArgumentTypeError(f"“{text}” is no number of seconds")
    return seconds


def _as_text(verdict: Verdict) -> str:
    counts = verdict.counts.items()
    counted = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts if count)
    return "\n".join([*map(str, verdict.violations), f"Judged: {counted or 'no orders'}."])
