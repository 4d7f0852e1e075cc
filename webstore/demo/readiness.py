"""When everything answers: the three web programs by HTTP, broker and workers by their own word."""

import urllib.request

from webstore.demo.places import Places

_TIMEOUT_SECONDS = 2
# A proxy of the environment knows nothing of our loopback addresses.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def not_ready(places: Places) -> list[str]:
    """Return the names of the programs that do not answer yet."""
    urls = {
        "web": places.url(places.web_port, "/readyz"),
        "lens": places.url(places.lens_port, "/healthz"),
        "provider": places.url(places.provider_port, "/healthz"),
    }
    silent = [
        name for name in ("broker", "worker-payments", "worker-default") if not _says_ready(name, places)
    ]
    return silent + [name for name, url in urls.items() if not _answers(url)]


def _says_ready(name: str, places: Places) -> bool:
    log = places.logs / f"{name}.log"
    return log.exists() and "ready" in log.read_text(errors="replace")


def _answers(url: str) -> bool:
    try:
        with _opener.open(url, timeout=_TIMEOUT_SECONDS):
            return True
    except OSError:
        return False
