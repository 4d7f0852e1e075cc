"""Routes of the OTLP port."""

from django.urls import path

from webstore.lens import health, otlp

urlpatterns = [
    path("v1/traces", otlp.traces),
    path("v1/metrics", otlp.metrics),
    path("healthz", health.process),
]
