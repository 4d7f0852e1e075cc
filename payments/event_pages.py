"""The staff's page to settle a charge by hand that matches nothing here: what it does, why, and go."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from payments.acting import CHANGED_MEANWHILE, Act
from payments.event_settling import is_unmatched, settle
from payments.models import ProviderEvent
from payments.review_pages import ReasonForm

LIST = "admin:payments_providerevent_changelist"


def may_settle(request: HttpRequest) -> bool:
    return request.user.has_perms(("payments.view_providerevent", "payments.change_providerevent"))


@require_http_methods(["GET", "HEAD", "POST"])
def settle_page(request: HttpRequest, event_id: int) -> HttpResponse:
    if not may_settle(request):
        raise PermissionDenied
    event = get_object_or_404(ProviderEvent, pk=event_id)
    if not is_unmatched(event):
        messages.info(request, CHANGED_MEANWHILE)
        return redirect(LIST)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        act = Act(by=request.user.get_username(), reason=form.cleaned_data["reason"])
        messages.info(request, "It is settled." if settle(event_id, act) else CHANGED_MEANWHILE)
        return redirect(LIST)
    context = {
        **admin.site.each_context(request),
        "title": "Settle by hand",
        "event": event,
        "why": event.outcome.replace("_", " "),
        "form": form,
    }
    return render(request, "payments/event.html", context, status=422 if form.errors else 200)
