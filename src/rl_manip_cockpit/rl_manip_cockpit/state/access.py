"""Who may command: everybody at this machine, and whoever knows the token elsewhere."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address or host name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """A token that nobody guesses: 12 random bytes."""
    return secrets.token_urlsafe(12)


class Access:
    """Decides for each page that connects.

    Args:
        host: address that the page is served on.
        token: what a person must know beyond this machine; empty draws one.
    """

    def __init__(self, host: str, token: str = "") -> None:
        self.needs_token = not is_loopback(host)
        """Whether a page commands only after its person has given the token."""
        self.token = (token or new_token()) if self.needs_token else ""
        """The token; empty where none is needed."""

    def opens(self, given: str) -> bool:
        """Whether that is the token."""
        return self.needs_token and hmac.compare_digest(given.encode(), self.token.encode())

    def knows_origin(self, origin: str, host: str) -> bool:
        """Whether a connection comes from the cockpit's own page.

        Any page that this machine's browser shows may connect to this machine's ports; it then
        names itself as origin. One that has its own name point here is told by that name.

        Args:
            origin: what the browser says, as http://127.0.0.1:8080.
            host: what it was asked to connect to, as 127.0.0.1:8080.
        """
        if urlsplit(origin).netloc != host:
            return False
        return self.needs_token or is_loopback(urlsplit(origin).hostname or "")
