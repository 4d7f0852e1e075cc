"""Where the payment provider tells what happened. Anybody can reach it; without the key it does nothing."""

import logging
import time

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.webhooks import bodies, events, signatures
from payments.webhooks.receiving import receive

RETRY_AFTER_SECONDS = 30

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
@never_cache
def provider_events(request: HttpRequest) -> HttpResponse:
    """Answer 200 once the event is safe, also for the tenth time: the provider repeats anything else."""
    try:
        event = events.parse(_signed_body(request))
        receive(event)
    except bodies.TooLarge:
        return _say(413, "An event has at most 64 KiB.")
    except (bodies.Unreadable, events.Unreadable):
        return _say(400, "This is no event.")
    except _NotSigned:
        return _say(400, "This is not signed, or not lately.")
    except (OperationalError, InterfaceError):
        logger.exception("an event is left to the provider's next try")
        return _say(503, "Come back later.")
    return _say(200, "")


class _NotSigned(Exception):
    pass


def _signed_body(request: HttpRequest) -> bytes:
    body = bodies.read(request)
    header = request.headers.get(signatures.HEADER, "")
    secrets = settings.PROVIDER_WEBHOOK_SECRETS
    if not signatures.is_valid(header, body, secrets=secrets, now=time.time()):
        raise _NotSigned
    return body


def _say(status: int, text: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
