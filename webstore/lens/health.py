"""Does the process answer?"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def process(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")
