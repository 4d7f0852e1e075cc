"""Sessions in the database, found by keys of Django's own kind only."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """A cookie that holds other signs is no session: PostgreSQL, asked for a NUL, ends in a 500."""

    def __init__(self, session_key: str | None = None) -> None:
        is_key = session_key is not None and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if is_key else None)
