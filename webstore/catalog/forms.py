"""What a visitor may ask of the product list."""

from django import forms

from webstore.catalog.listing import SORTS

MAX_QUERY_LENGTH = 100


class ListingForm(forms.Form):
    """Reads the list's query string. What makes no sense is left out, never an error page."""

    category = forms.SlugField(required=False)
    q = forms.CharField(required=False, max_length=MAX_QUERY_LENGTH)
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in SORTS])
    page = forms.IntegerField(required=False, min_value=1)

    def asked(self, name: str) -> str:
        """Return the text of one question, "" when it was left out or makes no sense."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")

    @property
    def page_number(self) -> int:
        self.is_valid()
        return int(self.cleaned_data.get("page") or 1)
