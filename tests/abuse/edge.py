"""The shop's real edge in this process: its WSGI wrapper, instrumentation and middleware.

Run as a program it reads headers as JSON lines and answers each with what a view would hand on:
`python -m tests.abuse.edge`. A program of its own, because instrumenting lasts for ever.
"""

import io
import json
import os
import sys
from typing import Any

import django


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "webstore.settings"
    # Somewhere to send to, where nobody listens: telemetry is on.
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
    from webstore.telemetry import contract, lifecycle  # noqa: PLC0415

    lifecycle.start(contract.WEB)
    django.setup()
    from django.conf import settings  # noqa: PLC0415

    settings.ROOT_URLCONF = "tests.abuse.telling"
    from webstore.wsgi import application  # noqa: PLC0415

    for line in sys.stdin:
        print(json.dumps(_asked(application, json.loads(line))), flush=True)


def _asked(application: Any, headers: dict[str, str]) -> dict[str, Any]:
    started: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/tell",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        **headers,
    }
    answer = application(environ, lambda status, *_: started.append(status))
    body = b"".join(answer)
    answer.close()
    told = json.loads(body) if started[0].startswith("200") else {}
    return {"status": started[0][:3], **told}


if __name__ == "__main__":
    main()
