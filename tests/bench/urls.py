"""The shop's own pages, and one that does nothing: what a request costs before anybody works."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def trivial(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("trivial", trivial), path("", include("webstore.urls"))]
