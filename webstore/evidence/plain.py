"""Somebody else's words and addresses, made fit to be shown."""


def plain(text: str) -> str:
    """Return somebody else's words as one line that does nothing to a terminal."""
    visible = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(visible.split())


def shown(url: str) -> str:
    """Return an address without what may be secret in it: user, password, query."""
    before, mark, after = url.partition("://")
    address = (after if mark else before).split("?")[0].split("#")[0]
    host, slash, path = address.partition("/")
    return plain(f"{before if mark else ''}{mark}{host.rpartition('@')[2]}{slash}{path}")
