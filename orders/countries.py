"""The countries the shop delivers to."""

COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "DE": "Germany",
    "FR": "France",
    "NL": "Netherlands",
    "AT": "Austria",
    "ES": "Spain",
    "IT": "Italy",
    "SE": "Sweden",
    "BR": "Brazil",
    "JP": "Japan",
    "AU": "Australia",
}
CHOICES = tuple(COUNTRIES.items())
