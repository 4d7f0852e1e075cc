"""Who asks for what right now: a fact of this process, never of the disk."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Asks:
    """Has room for so many asks at once, and knows what each is about until it is answered."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._places: dict[object, Collection[str]] = {}

    @contextmanager
    def place(self, about: Collection[str]) -> Iterator[bool]:
        """Say whether there is room for one more. What it is about is known from now on."""
        place = object()
        with self._lock:
            has_room = len(self._places) < self._room
            if has_room:
                self._places[place] = about
        try:
            yield has_room
        finally:
            with self._lock:
                self._places.pop(place, None)

    def has(self, about: str) -> bool:
        with self._lock:
            return any(about in known for known in self._places.values())
