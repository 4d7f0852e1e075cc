"""Writing down what came of an event, and when somebody looks at it again."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from payments.models import ProviderEvent
from payments.webhooks.looking import Done, Verdict

State = ProviderEvent.State

_FIRST_SECONDS = 2
_LONGEST_SECONDS = 300
# What was hurried needs a try to answer.
_HURRIED_SECONDS = 10
# An attempt is decided long before, or a person looks at it.
_PATIENCE = timedelta(days=1)


def conclude(event: ProviderEvent, verdict: Verdict) -> None:
    """Write the verdict down, unless somebody else was quicker with the last one."""
    waiting = ProviderEvent.objects.filter(pk=event.pk, state=State.WAITING)
    if isinstance(verdict, Done):
        _end(waiting, verdict)
    elif timezone.now() - event.created_at > _PATIENCE:
        _end(waiting, Done("undecided", needs_staff=True))
    elif verdict.hurried is not None:
        waiting.update(nudged_at=Now(), **_again(_HURRIED_SECONDS))
    else:
        seconds = min(_FIRST_SECONDS * 2 ** min(event.looked_count, 10), _LONGEST_SECONDS)
        waiting.update(**_again(seconds))


def _end(waiting: QuerySet[ProviderEvent], verdict: Done) -> None:
    state = State.STAFF if verdict.needs_staff else State.DONE
    waiting.update(state=state, outcome=verdict.outcome)


def _again(seconds: float) -> dict[str, Any]:
    # Not rung for: the sweep does it as soon as its time has come.
    return {"next_attempt_at": Now() + timedelta(seconds=seconds), "rung_at": None}
