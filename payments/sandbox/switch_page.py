"""The page on which a person breaks the provider, and mends it."""

from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from payments.sandbox import switch_stories
from payments.sandbox.control import open_control
from payments.sandbox.switch_form import MANNERS, OFTEN, SwitchForm, chosen
from payments.sandbox.switches import Switches

_TOO_OLD = "This page was open too long. Nothing was changed: choose again."
_FAR_AWAY = (
    "Nothing was changed. This page sets switches only for a browser on the provider's own machine; "
    "from elsewhere, use the control API with the provider's key."
)
_INCOMPLETE = "Nothing was changed: choose one of each of the three."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def switches(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, chosen(open_control().state))
    form = SwitchForm(request.POST)
    if not is_near(request.META["REMOTE_ADDR"]):
        return _page(request, request.POST.dict(), complaint=_FAR_AWAY, status=403)
    if not form.is_valid():
        return _page(request, request.POST.dict(), complaint=_INCOMPLETE, status=400)
    open_control().put(form.switches())
    return _back()


@never_cache
@require_POST
def mend(request: HttpRequest) -> HttpResponse:
    if not is_near(request.META["REMOTE_ADDR"]):
        return _page(request, chosen(open_control().state), complaint=_FAR_AWAY, status=403)
    open_control().put(Switches())
    return _back()


@never_cache
def too_old(request: HttpRequest, **_reason: str) -> HttpResponse:
    """Answer a form without this page's own token."""
    return _page(request, chosen(open_control().state), complaint=_TOO_OLD, status=403)


def _page(
    request: HttpRequest, shown: dict[str, str], *, complaint: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "page": "switches",
        "now": switch_stories.now(open_control().state),
        "groups": (
            ("", (switch_stories.NOTHING_BROKEN,)),
            ("Nothing is charged", switch_stories.NOT_CHARGED),
            ("Charged, but the shop does not hear it in time", switch_stories.CHARGED),
        ),
        "often": OFTEN,
        "manners": MANNERS,
        "chosen": shown,
        "complaint": complaint,
    }
    return render(request, "switches.html", context, status=status)


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("switches"))


def is_near(address: str) -> bool:
    """Return whether this is the address of a browser on the same machine."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
