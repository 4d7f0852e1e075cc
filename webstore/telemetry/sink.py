"""One request to the telemetry sink: one try, and the truth about what came of it.

The stock exporters repeat a failed request after pauses, which the two seconds of a flush do not
have, take a redirect for success, and do not look whether the sink took only a part.
"""

import time
from typing import Any

import requests
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from webstore.deadline import Deadline, WatchedAdapter

# The sink is busy, or somebody between us and it: the same request may succeed later.
_LATER = {408, 429}
# What fails sooner was most likely an idle connection that the sink had closed.
_STALE_SECONDS = 0.2


class NotTaken(Exception):
    """The sink did not take a request. No connection error, or the exporter would try again."""


class SinkSession(requests.Session):
    """A session that remembers how the sink answered last; the exporter only tells yes or no."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, WatchedAdapter())
        # Neither proxies nor .netrc for the sink, and no look at the environment at every request.
        self.trust_env = False
        self.forget()

    def forget(self) -> None:
        """Begin a new export."""
        self._was_asked, self._status = False, 0
        self.rejected_count = 0

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self._was_asked, self._status = True, 0
        # The timeout of a request would begin anew with every byte of an answer.
        with Deadline(kwargs["timeout"]) as deadline:
            response = self._answer(request, **kwargs)
        if deadline.has_passed:  # a body that ends with its connection ends without an error
            raise NotTaken("no answer in time")
        self._status = response.status_code
        if not 200 <= response.status_code < 300:
            raise NotTaken(f"the sink answered {response.status_code}")
        self.rejected_count = _rejected_count(response)
        return response

    def _answer(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        began = time.monotonic()
        try:
            return super().send(request, **kwargs)
        except requests.RequestException as error:
            if time.monotonic() - began > _STALE_SECONDS:
                raise NotTaken("no answer") from error
        try:
            return super().send(request, **kwargs)
        except requests.RequestException as error:
            raise NotTaken("no connection") from error

    @property
    def is_refused(self) -> bool:
        """Return whether the last export can never succeed, so that a repeat would block the rest.

        It could not even be encoded, the sink said that the request itself is wrong, or it took
        only a part and does not say which.
        """
        is_wrong = 400 <= self._status < 500 and self._status not in _LATER
        return not self._was_asked or is_wrong or self.rejected_count > 0


def _rejected_count(response: requests.Response) -> int:
    """Return how many spans or data points a sink that said yes did not take after all."""
    try:
        # The answer about metrics has the same two fields under the same numbers.
        answer = ExportTraceServiceResponse.FromString(response.content)
    except DecodeError:
        return 0
    return int(answer.partial_success.rejected_spans)
