"""A view that answers with what its request would hand on to a provider or into a message."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from opentelemetry import baggage, propagate, trace


def tell(_request: HttpRequest) -> HttpResponse:
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    current = trace.get_current_span()
    context = current.get_span_context()
    told = {
        "trace_id": trace.format_trace_id(context.trace_id),
        "is_recording": current.is_recording(),
        "carrier": carrier,
        "baggage": {key: str(value) for key, value in baggage.get_all().items()},
        "state": context.trace_state.to_header(),
    }
    return JsonResponse(told)


urlpatterns = [path("tell", tell)]
