"""Cart and order pages."""

from django.urls import path

from orders import views

urlpatterns = [
    path("cart", views.cart, name="cart"),
    path("cart/add", views.cart_add, name="cart-add"),
    path("cart/change", views.cart_change, name="cart-change"),
    path("cart/remove", views.cart_remove, name="cart-remove"),
    path("orders/find", views.order_find, name="order-find"),
    # A token is made of a slug's signs; anything else is not found before the database is asked.
    path("orders/<slug:token>", views.order_detail, name="order-detail"),
]
