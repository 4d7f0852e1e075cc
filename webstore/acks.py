"""What a worker does about an acknowledgement that the broker did not hear."""

from typing import Any

from celery.worker.request import Request


class ReconnectingRequest(Request):
    """A message whose lost acknowledgement makes the worker connect anew.

    Celery logs it and goes on, and the message keeps its place among those the worker may hold
    at once. As many lost ones as places, and the worker takes no message ever again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The errors to log and forget: none. In the worker's loop they mean what they say.
        super().__init__(*args, **{**kwargs, "connection_errors": ()})
