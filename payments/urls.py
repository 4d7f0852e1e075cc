"""The pages where one pays."""

from django.urls import path

from payments import views

urlpatterns = [
    path("checkout", views.checkout, name="checkout"),
    path("orders/<slug:token>/pay", views.pay, name="order-pay"),
    path("orders/<slug:token>/cancel", views.cancel, name="order-cancel"),
]
