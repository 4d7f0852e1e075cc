"""What strangers send: texts, bodies and headers that break programs."""

import string

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# The same examples at every run, wherever it is.
FUZZ = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

_NUMBERS = ("0", "-1", "1.5", "1e3", "NaN", "9" * 40, "9" * 5_000, str(2**31), str(2**63), "٣", "²")
_SIGNS = ("\x00", "a\x00b", "\ud800", "a\udfffb", "\ufeff", "\u202e", "\u2028", "İ", "ß" * 300, "🍏" * 200)
_CODE = ("'", '"', "' OR 1=1 --", "%", "%%s", "_" * 60, "\\", "{{ 7 }}", "{% now %}", "<script>", "../a")
_ADDRESSES = ("a@b", "a@b.de", '"a b"@b.de', "a@[127.0.0.1]", "a@xn--.de", f"a@{'b' * 300}.de")
_WORDS = ("", " ", "true", "null", "[]", "{}", "on", "tok_approve", "card", "US", "{" + "0" * 32 + "}")
texts = st.one_of(
    st.sampled_from(_NUMBERS + _SIGNS + _CODE + _ADDRESSES + _WORDS),
    # Half surrogates too, which no browser sends.
    st.text(st.characters(codec=None, exclude_categories=()), max_size=40),
    st.text("aB3 \x00\t\r\n%_'\"<>&=;@.-é", max_size=40),
    st.builds(lambda text, times: text * times, st.text(max_size=3), st.integers(200, 3_000)),
)

# What a server may hand on in a header: latin-1 without line ends.
header_texts = st.one_of(
    st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=60),
    st.text(string.ascii_letters + string.digits + "=;,:/\\\"'%-+*. ", max_size=60),
)

methods = st.sampled_from(
    [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "get",
        "PROPFIND",
        "Ä",
        "-",
    ]
)
