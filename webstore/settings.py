"""The shop's settings, from the environment only.

A wrong value names itself and stops the start. Each can stand in a file instead, named by
the same variable with _FILE behind it. Secrets have a default only in the local demo
(WEBSTORE_DEMO=1), which listens on loopback.
"""

from pathlib import Path

import django_stubs_ext
from django.urls import reverse_lazy
from environs import FileAwareEnv, validate

from webstore.telemetry.options import Options

# Lets classes such as ModelAdmin[Order] say at run time what they say to the type checker.
django_stubs_ext.monkeypatch()

env = FileAwareEnv(strip_whitespace=True)

BASE_DIR = Path(__file__).resolve().parent.parent

# --- The demo, or the real thing -------------------------------------------------------------

DEMO = env.bool("WEBSTORE_DEMO", False)
DATA_DIR = env.path("WEBSTORE_DATA", BASE_DIR / "var")


def secret(name: str) -> str:
    """Return a secret of the environment; the demo alone has one of its own."""
    return env.str(name, f"demo-{name.lower()}") if DEMO else env.str(name, validate=validate.Length(min=1))


SECRET_KEY = secret("SECRET_KEY")
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

# --- The parts -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "webstore",
    "webstore.catalog",
    "orders",
    "payments",
]

MIDDLEWARE = [
    "webstore.access.AccessLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "webstore.urls"
WSGI_APPLICATION = "webstore.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "webstore" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "orders.context.cart_count",
                "webstore.catalog.context.categories",
            ],
            "builtins": ["webstore.catalog.templatetags.money"],
        },
    },
]

# --- Data ------------------------------------------------------------------------------------

# A new connection for every request would cost more than all of its queries.
DATABASES = {
    "default": env.dj_db_url(
        "DATABASE_URL", f"sqlite:///{DATA_DIR / 'shop.sqlite3'}", conn_max_age=60, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A deferred transaction that turns into a writer fails at once when another writes; an
    # immediate one waits its turn. FULL, because an order that was shown must survive a crash.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Nobody waits for ever: the row is tried again, and a customer is asked to come back. A
    # migration of a grown table may take longer: 0 is no limit.
    LOCK_SECONDS = env.float("DATABASE_LOCK_SECONDS", 2.0, validate=validate.Range(min=0))
    STATEMENT_SECONDS = env.float("DATABASE_STATEMENT_SECONDS", 5.0, validate=validate.Range(min=0))
    # A program that stops in the middle of a transaction keeps its rows from all others.
    IDLE_SECONDS = env.float("DATABASE_IDLE_SECONDS", 10.0, validate=validate.Range(min=0))
    limits = {
        "lock_timeout": LOCK_SECONDS,
        "statement_timeout": STATEMENT_SECONDS,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }
    options = DATABASES["default"].setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 3)
    # A server that went without a word is noticed after 25 s (10 + 3 × 5), not after a quarter of an hour.
    options.setdefault("keepalives_idle", 10)
    options.setdefault("keepalives_interval", 5)
    options.setdefault("keepalives_count", 3)
    options.setdefault("tcp_user_timeout", 25_000)
    own = [f"-c {name}={int(seconds * 1_000)}" for name, seconds in limits.items()]
    options["options"] = " ".join([*own, *filter(None, [options.get("options")])])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Language and time -----------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# --- Static files ----------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "webstore" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str("STATICFILES_STORAGE", "whitenoise.storage.CompressedManifestStaticFilesStorage")
    },
}

# --- Safety in the browser -------------------------------------------------------------------

BEHIND_TLS = env.bool("BEHIND_TLS", not DEMO)
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_SSL_REDIRECT = True
    # Probes come from inside, without TLS, and so may the provider's events, which are signed.
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|webhooks/payments)$"]
# They ask for promises about every name below the shop's domain, which are its owner's to make.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_ENGINE = "webstore.sessions"
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
# An order's path holds a secret: no other site may see it.
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
CSRF_FAILURE_VIEW = "webstore.errors.form_too_old"
LOGIN_URL = reverse_lazy("admin:login")

# --- The broker: a doorbell, never the truth ---------------------------------------------------

BROKER_URL = env.str("BROKER_URL", f"redis+socket://{DATA_DIR / 'broker.sock'}?virtual_host=0")

# Recycled now and then: a leak ends with its process.
WORKER_MAX_TASKS_PER_CHILD = env.int("WORKER_MAX_TASKS_PER_CHILD", 500, validate=validate.Range(min=1))
# How long running tasks may go on after SIGTERM before their messages are given back.
WORKER_SOFT_SHUTDOWN_SECONDS = env.float("WORKER_SOFT_SHUTDOWN_SECONDS", 9.0)

# --- The payment provider ----------------------------------------------------------------------

PROVIDER_URL = env.str("PROVIDER_URL", "http://127.0.0.1:8002")
PROVIDER_API_KEY = secret("PROVIDER_API_KEY")
# Read by `manage.py verify` alone: what the practice provider really charged.
SANDBOX_LEDGER = env.path("SANDBOX_LEDGER", DATA_DIR / "ledger.sqlite3")
PROVIDER_DEADLINE_SECONDS = env.float(
    "PROVIDER_DEADLINE_SECONDS", 8.0, validate=validate.Range(min=0.1, max=9.0)
)
# What its events are signed with: one secret, or while it is exchanged the new and the old one.
_signing_secrets = env.list("PROVIDER_WEBHOOK_SECRETS", ["demo-provider_webhook_secret"] if DEMO else [])
PROVIDER_WEBHOOK_SECRETS = [each.strip() for each in _signing_secrets if each.strip()]
PAYMENT_MAX_TRIES = env.int("PAYMENT_MAX_TRIES", 5, validate=validate.Range(min=1, max=20))

# How long an unpaid order keeps its things when no payment is under way.
RESERVATION_MINUTES = env.float("RESERVATION_MINUTES", 30.0, validate=validate.Range(min=0.05, max=1_440))

# --- Telemetry -----------------------------------------------------------------------------------

# Read again where it is used, after the fork; here a wrong value stops the start.
Options.from_environment()

# Where a trace opens: the lens, or Grafana. Holds "{trace_id}" once.
TRACE_URL = env.str("WEBSTORE_TRACE_URL", "http://127.0.0.1:8001/traces/{trace_id}")
# What answers for metrics and for traces: the lens for both, or Prometheus and Tempo.
METRICS_URL = env.str("WEBSTORE_METRICS_URL", "http://127.0.0.1:8001")
TRACES_URL = env.str("WEBSTORE_TRACES_URL", "http://127.0.0.1:8001")
# How often beat has every new exemplar's trace asked for; 0 for never.
AUDIT_SECONDS = env.int("WEBSTORE_AUDIT_SECONDS", 0, validate=validate.Range(min=0, max=86_400))
# Younger exemplars are left to the next audit: their spans may still be on their way.
AUDIT_SETTLING_SECONDS = env.int(
    "WEBSTORE_AUDIT_SETTLING_SECONDS", 10, validate=validate.Range(min=10, max=86_400)
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "webstore.telemetry.logs.TraceFormatter"}},
    # Django's own lines hold the path, and a path may hold an order's token.
    "filters": {
        "refusals": {"()": "webstore.telemetry.logs.RefusalsInOneLine"},
        "routes": {"()": "webstore.access.RoutesInsteadOfPaths"},
        "tasks": {"()": "webstore.telemetry.logs.TasksWithoutWords"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["refusals", "routes", "tasks"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Said by access.py already, for every request.
        "django.server": {"handlers": [], "propagate": False},
    },
}
