"""What the environment decides. A wrong value names itself and stops the start."""

from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, validate

_env = Env()


def _web_address(text: str) -> str:
    """Return an address of http or https; the message never shows it, because it may be a secret."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable():
        raise ValueError("is no address that begins with http:// or https://")
    return text


def _address(name: str, default: str) -> str:
    try:
        return _web_address(_env.str(name, default))
    except ValueError as error:
        raise SystemExit(f"{name} {error}") from None


def _secret(name: str) -> str:
    """Return what stands in the file that `<name>_FILE` names, "" when it names none."""
    path = _env.str(f"{name}_FILE", "")
    if not path:
        return ""
    try:
        secret = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{name}_FILE cannot be read: {type(error).__name__}") from None
    if not secret:
        raise SystemExit(f"{name}_FILE names an empty file")
    return secret


def _webhook_url() -> str:
    url = _secret("PAGER_WEBHOOK_URL") or _env.str("PAGER_WEBHOOK_URL", "")
    if not url:
        return ""
    try:
        return _web_address(url)
    except ValueError as error:
        raise SystemExit(f"PAGER_WEBHOOK_URL {error}") from None


BIND = _env.str("PAGER_BIND", "127.0.0.1:8003")
# Where notifications go, Slack or what takes the same JSON; "" for the log alone. A secret.
WEBHOOK_URL = _webhook_url()
# What Alertmanager must show as "Authorization: Bearer ..."; "" for nothing.
TOKEN = _secret("PAGER_TOKEN")
# From a request to its answer. Alertmanager waits for 10 s, or its group_interval if that is longer.
DEADLINE_SECONDS = _env.float("PAGER_DEADLINE_SECONDS", 8.0, validate=validate.Range(min=1, max=300))
# What comes again unchanged within this time is not sent again. Less than Alertmanager's
# repeat_interval, or its reminders are lost.
REPEAT_SECONDS = _env.float("PAGER_REPEAT_SECONDS", 3_600.0, validate=validate.Range(min=0))

METRICS_URL = _address("WEBSTORE_METRICS_URL", "http://127.0.0.1:8001")
TRACES_URL = _address("WEBSTORE_TRACES_URL", "http://127.0.0.1:8001")
# Where a trace opens: the lens, or Grafana.
TRACE_URL = _address("WEBSTORE_TRACE_URL", "http://127.0.0.1:8001/traces/{trace_id}")
if "{trace_id}" not in TRACE_URL:
    raise SystemExit("WEBSTORE_TRACE_URL holds no {trace_id}")
