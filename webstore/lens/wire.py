"""OTLP/HTTP bodies: bounded reading, gzip, protobuf or JSON in, the same encoding out."""

import zlib
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from google.rpc.status_pb2 import Status

from webstore.lens import otlp_json

MAX_SENT_BYTES = 8 * 2**20
MAX_UNPACKED_BYTES = 32 * 2**20
READ_SECONDS = 10.0

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

# google.rpc.Code
INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE = 3, 8, 14

M = TypeVar("M", bound=Message)


@dataclass
class RefusedError(Exception):
    """A request that cannot be taken as it is, and the HTTP status that says so."""

    status: int
    reason: str
    code: int = INVALID_ARGUMENT


def encoding_of(request: HttpRequest) -> str:
    """Return the body's content type; no other than OTLP's two is read."""
    encoding = request.content_type or ""
    if encoding not in {PROTOBUF, JSON}:
        raise RefusedError(415, f"send {PROTOBUF} or {JSON}")
    return encoding


def read_body(request: HttpRequest) -> bytes:
    """Return the body unpacked, never more of it than the limits allow."""
    packing = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip", ""}:
        raise RefusedError(415, "send the body as it is, or with gzip")
    sent = _read(request)
    return _unpacked(sent) if packing == "gzip" else sent


def _read(request: HttpRequest) -> bytes:
    # Not Django's own stream, which ends at Content-Length: a chunked body has none.
    environ: dict[str, Any] = request.META
    if sock := environ.get("gunicorn.socket"):
        sock.settimeout(READ_SECONDS)
    try:
        body: bytes = environ["wsgi.input"].read(MAX_SENT_BYTES + 1)
    except OSError as error:
        raise RefusedError(400, "the body did not arrive") from error
    if len(body) > MAX_SENT_BYTES:
        raise RefusedError(413, f"a body has at most {MAX_SENT_BYTES} bytes", RESOURCE_EXHAUSTED)
    return body


def _unpacked(sent: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(sent, MAX_UNPACKED_BYTES + 1)
    except zlib.error as error:
        raise RefusedError(400, "the body is not gzip") from error
    if len(body) > MAX_UNPACKED_BYTES:
        raise RefusedError(413, f"a body has at most {MAX_UNPACKED_BYTES} bytes unpacked", RESOURCE_EXHAUSTED)
    if not unpacker.eof or unpacker.unused_data:
        raise RefusedError(400, "the body is not one whole gzip member")
    return body


def decode(body: bytes, encoding: str, message: M) -> M:
    """Return `message` filled from the body."""
    try:
        if encoding == JSON:
            otlp_json.parse(body, message)
        else:
            message.ParseFromString(body)
    except (DecodeError, otlp_json.BadJSONError) as error:
        raise RefusedError(400, "the body is not what this path takes") from error
    return message


def answer(message: Message, encoding: str, *, status: int = 200) -> HttpResponse:
    if encoding == JSON:
        return HttpResponse(json_format.MessageToJson(message, indent=None), content_type=JSON, status=status)
    return HttpResponse(message.SerializeToString(), content_type=PROTOBUF, status=status)


def refusal(error: RefusedError, encoding: str) -> HttpResponse:
    return answer(Status(code=error.code, message=error.reason), encoding, status=error.status)
