"""What the customer fills in to buy and to pay."""

import uuid
from typing import Any

from django import forms
from django.utils.html import format_html

from orders.countries import CHOICES as COUNTRY_CHOICES
from orders.models import Order
from orders.placing import Customer
from payments.checkout import CheckoutRequest
from payments.starting import Payment

_METHOD_NOTES = {
    Order.PaymentMethod.CARD: "Handled by the provider; we never see it",
    Order.PaymentMethod.PAYPAL: "From your PayPal balance",
    Order.PaymentMethod.BANK_TRANSFER: "From your bank account",
}
_METHODS = [
    (method.value, format_html("<strong>{}</strong><small>{}</small>", method.label, _METHOD_NOTES[method]))
    for method in Order.PaymentMethod
]
# What the practice provider does with each of its tokens.
_PRACTICE_TOKENS = (
    ("tok_approve", "Approves"),
    ("tok_decline", "Declines"),
    ("tok_slow", "Slow (4 s)"),
    ("tok_timeout", "Times out"),
    ("tok_fail", "Fails at the provider"),
)
_LARGEST_TOTAL_MINOR = 10**15


class PaymentForm(forms.Form):
    """How to pay. `checkout_token` names this one form, so that sending it twice pays once."""

    payment_method = forms.ChoiceField(
        label="Pay by",
        choices=_METHODS,
        initial=Order.PaymentMethod.CARD,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose how to pay: card, PayPal or bank transfer."
        ),
    )
    payment_token = forms.ChoiceField(
        label="Practice payment",
        choices=_PRACTICE_TOKENS,
        initial="tok_approve",
        help_text="No real money moves. Choose what the practice provider does.",
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose what the practice provider does, like “Approves”."
        ),
    )
    checkout_token = forms.UUIDField(widget=forms.HiddenInput)

    # Fields nobody types in: what is wrong with them is said about the form as a whole.
    hidden_names: tuple[str, ...] = ("checkout_token",)

    def clean(self) -> dict[str, Any]:
        damaged = [name for name in self.hidden_names if self.errors.pop(name, None)]
        if damaged:
            self.add_error(
                None, "This form did not arrive as we sent it. Check it and press the button again."
            )
        return self.cleaned_data

    def current_token(self) -> uuid.UUID:
        """Return the token the customer's form carries, or a fresh one."""
        if not self.is_bound:
            return uuid.uuid4()
        self.is_valid()
        return self.cleaned_data.get("checkout_token") or uuid.uuid4()

    def payment(self) -> Payment:
        return Payment(self.cleaned_data["payment_method"], self.cleaned_data["payment_token"])


class CheckoutForm(PaymentForm):
    """Who buys, where it goes, how it is paid, and the total the customer was shown."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="For the receipt only",
        error_messages=dict.fromkeys(
            ("required", "invalid", "max_length"),
            "Enter the e-mail the receipt goes to, like name@example.com.",
        ),
        widget=forms.EmailInput(
            attrs={
                "autocomplete": "email",
                "inputmode": "email",
                "autocapitalize": "none",
                "spellcheck": "false",
                "enterkeyhint": "next",
            }
        ),
    )
    country = forms.ChoiceField(
        label="Country",
        choices=COUNTRY_CHOICES,
        initial="US",
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose a country of the list; we deliver to these only."
        ),
        widget=forms.Select(attrs={"autocomplete": "shipping country"}),
    )
    name = forms.CharField(
        label="Full name",
        max_length=120,
        error_messages={
            "required": "Enter the name for the parcel, like Mara Jones.",
            "max_length": "Enter a name of 120 characters at most.",
        },
        widget=forms.TextInput(
            attrs={
                "autocomplete": "shipping name",
                "autocapitalize": "words",
                "spellcheck": "false",
                "enterkeyhint": "next",
            }
        ),
    )
    address = forms.CharField(
        label="Address",
        max_length=300,
        help_text="Street and number, postal code, city",
        error_messages={
            "required": "Enter where the parcel goes, like 12 Orchard Lane, 90210 Springfield.",
            "max_length": "Enter an address of 300 characters at most.",
        },
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "autocomplete": "shipping street-address",
                "autocapitalize": "words",
                "autocorrect": "off",
                "spellcheck": "false",
                "enterkeyhint": "done",
            }
        ),
    )
    shown_total_minor = forms.IntegerField(
        min_value=0, max_value=_LARGEST_TOTAL_MINOR, widget=forms.HiddenInput
    )

    # Not there in a form that an older version of the shop sent.
    shown_sign = forms.RegexField(r"^[0-9a-f]{16}$", required=False, widget=forms.HiddenInput)

    field_order = ("email", "country", "name", "address", "payment_method", "payment_token")
    hidden_names = ("checkout_token", "shown_total_minor", "shown_sign")

    def clean_address(self) -> str:
        """Return the lines as typed; browsers end them in their own way."""
        return "\n".join(self.cleaned_data["address"].splitlines())

    def request(self) -> CheckoutRequest:
        """Return what the customer confirmed; the form must be valid."""
        given = self.cleaned_data
        return CheckoutRequest(
            customer=Customer(
                email=given["email"],
                name=given["name"],
                address=given["address"],
                country=given["country"],
                payment_method=given["payment_method"],
            ),
            payment_token=given["payment_token"],
            checkout_token=given["checkout_token"],
            shown_total_minor=given["shown_total_minor"],
            shown_sign=given["shown_sign"],
        )
