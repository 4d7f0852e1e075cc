"""The pages where one pays, and where the provider tells what happened."""

from django.urls import path

from payments import views
from payments.webhooks.views import provider_events

urlpatterns = [
    path("checkout", views.checkout, name="checkout"),
    path("orders/<slug:token>/pay", views.pay, name="order-pay"),
    path("orders/<slug:token>/cancel", views.cancel, name="order-cancel"),
    path("webhooks/payments", provider_events, name="webhook-payments"),
]
