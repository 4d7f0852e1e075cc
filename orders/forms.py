"""The forms around carts and orders: every input of a visitor passes one."""

from typing import Any

from django import forms

QUANTITY_ERRORS = {
    "required": "Enter how many, like 2.",
    "invalid": "Enter a whole number, like 2.",
    "min_value": "Enter 1 or more, like 2.",
}


# One sentence for every miss: it never tells whether a number exists.
NOT_FOUND = "No order has this number and e-mail together. Check both, or open the link you kept."


class AddForm(forms.Form):
    """A product and how many of it."""

    slug = forms.SlugField(max_length=140, widget=forms.HiddenInput)
    quantity = forms.IntegerField(min_value=1, initial=1, error_messages=QUANTITY_ERRORS)


class LineForm(forms.Form):
    """A line of a cart."""

    line = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ChangeForm(LineForm):
    """A line of a cart, and how many it shall hold; 0 removes it."""

    quantity = forms.IntegerField(
        min_value=0, error_messages=QUANTITY_ERRORS | {"min_value": "Enter 1 or more, or 0 to remove it."}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"].widget.attrs |= {"inputmode": "numeric", "class": "quantity"}


class FindForm(forms.Form):
    """What a customer knows of an order: its number and the e-mail it was placed with."""

    number = forms.CharField(
        label="Order number",
        max_length=40,
        help_text="It looks like K7QP-4M2X.",
        error_messages={"required": "Enter the order number, like K7QP-4M2X."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    email = forms.EmailField(
        label="E-mail",
        help_text="The one you gave when you ordered.",
        error_messages={
            "required": "Enter the e-mail you ordered with, like name@example.com.",
            "invalid": "Enter the e-mail you ordered with, like name@example.com.",
        },
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_number(self) -> str:
        """Return the number as it is stored: capitals, one dash; "k7qp 4m2x" is as good."""
        signs = "".join(sign for sign in self.cleaned_data["number"].upper() if sign.isalnum())
        return f"{signs[:4]}-{signs[4:]}"
