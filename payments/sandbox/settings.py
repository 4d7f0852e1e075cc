"""The practice provider's settings, from the environment only. A wrong value names itself.

Each can stand in a file instead, named by the same variable with _FILE behind it.
"""

from pathlib import Path
from urllib.parse import urlsplit

from environs import FileAwareEnv, ValidationError, validate

env = FileAwareEnv(strip_whitespace=True)

HERE = Path(__file__).resolve().parent
BASE_DIR = HERE.parent.parent

DEMO = env.bool("WEBSTORE_DEMO", False)
DATA_DIR = env.path("WEBSTORE_DATA", BASE_DIR / "var")


def secret(name: str) -> str:
    """Return a secret of the environment; the demo alone has one of its own."""
    return env.str(name, f"demo-{name.lower()}") if DEMO else env.str(name, validate=validate.Length(min=1))


def _holds_one(secrets: list[str]) -> None:
    if not any(each.strip() for each in secrets):
        raise ValidationError("names no secret")


def _signing_secret() -> str:
    """Return the first of those that the shop knows: while they are exchanged, the new one."""
    name, usual = "PROVIDER_WEBHOOK_SECRETS", ["demo-provider_webhook_secret"]
    secrets = env.list(name, usual, validate=_holds_one) if DEMO else env.list(name, validate=_holds_one)
    return next(each.strip() for each in secrets if each.strip())


def _is_address(text: str) -> None:
    if text and urlsplit(text).scheme not in ("http", "https"):
        raise ValidationError("is an http(s) address or empty")


SECRET_KEY = secret("SECRET_KEY")
PROVIDER_API_KEY = secret("PROVIDER_API_KEY")
# Where the shop hears of events, like http://127.0.0.1:8000/webhooks/payments. Empty: it is told of none.
SANDBOX_WEBHOOK_URL = env.str("SANDBOX_WEBHOOK_URL", "", validate=_is_address)
# What they are signed with. Only needed where there is an address.
PROVIDER_WEBHOOK_SECRET = _signing_secret() if SANDBOX_WEBHOOK_URL else ""
SANDBOX_LEDGER = env.path("SANDBOX_LEDGER", DATA_DIR / "ledger.sqlite3")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])

INSTALLED_APPS = ["django.contrib.staticfiles", "csp"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "payments.sandbox.urls"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": False,
    },
]
# The ledger is plain sqlite3; Django's models have no part in it.
DATABASES: dict[str, object] = {}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "webstore" / "static", HERE / "static"]
# A handful of files, read where they lie: nothing has to be collected first.
WHITENOISE_USE_FINDERS = True

# Read by Django before a body is: a larger one is refused unread.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024

# The shop lives on the same host, and cookies do not tell ports apart.
CSRF_COOKIE_NAME = "practice_provider_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "payments.sandbox.switch_page.too_old"

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "webstore.telemetry.logs.TraceFormatter"}},
    "filters": {"refusals": {"()": "webstore.telemetry.logs.RefusalsInOneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Refusing is this program's daily work, not worth a line each.
        "django.request": {"level": "ERROR"},
        "django": {"handlers": [], "propagate": True},
    },
}
