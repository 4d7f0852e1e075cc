"""Routes of the pages' port: pages for people, the read API for programs. Nothing here changes anything."""

from django.urls import path

from webstore.lens import api, health, pages

handler404 = pages.not_found

urlpatterns = [
    path("", pages.home, name="home"),
    path("metrics/<path:name>", pages.metric, name="metric"),
    path("traces/<str:trace_id>", pages.trace, name="trace"),
    path("healthz", health.process),
    path("api/v1/query_exemplars", api.query_exemplars),
    path("api/v1/query", api.query),
    path("api/v2/traces/<str:trace_id>", api.trace, name="trace-json"),
    path("api/traces/<str:trace_id>", api.trace_v1),
]
