"""The one store of this process."""

from functools import cache

from webstore.lens import environment
from webstore.lens.store import Store


@cache
def open_store() -> Store:
    store = Store(environment.FILE, environment.LIMITS)
    store.start_janitor()
    return store
