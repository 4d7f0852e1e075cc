"""Somebody between programs and the trace store who keeps some traces and drops others."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.serving import served


@contextmanager
def chooser(door: str, *, keep_one_of: int) -> Iterator[str]:
    """Hand every so-manieth span on to `door` and say that all were taken; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = ExportTraceServiceRequest.FromString(body)
            for scope in (scope for group in request.resource_spans for scope in group.scope_spans):
                kept = scope.spans[::keep_one_of]
                del scope.spans[:]
                scope.spans.extend(kept)
            headers = {"Content-Type": "application/x-protobuf"}
            requests.post(door, request.SerializeToString(), headers=headers, timeout=10).raise_for_status()
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(405)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as httpd:
        yield f"http://127.0.0.1:{httpd.server_port}/v1/traces"
