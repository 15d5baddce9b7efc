"""The web server that viser brings, kept to this machine and to what belongs here."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import socket
from typing import Any, Callable, Dict, Optional, Tuple

import viser

TITLE = "rl_manip cockpit"
SETTING = "{}:={}"
"""How a launch file is given a setting's name and value."""


class PortInUse(ValueError):
    """The page cannot be served there; the message says why, and what to do."""


class WebServer(viser.ViserServer):
    """viser's server without its tunnel: any page could have had it open one to the internet.

    Messages that it cannot read end in a sentence, where they would end in tracebacks.

    Args:
        host: address to listen on.
        port: of it.
        warn: takes that sentence, once for each kind of nonsense.
    """

    def __init__(self, host: str, port: int, warn: Callable[[str], None]) -> None:
        self._warn, self._told = warn, set[str]()
        # before it listens: somebody may connect at once
        logging.getLogger("websockets.server").addFilter(self._is_worth_a_traceback)
        super().__init__(host=host, port=port, label=TITLE, verbose=False)
        self.get_event_loop().set_exception_handler(self._on_exception)

    def stop(self) -> None:
        """Serves no more."""
        logging.getLogger("websockets.server").removeFilter(self._is_worth_a_traceback)
        super().stop()

    def request_share_url(self, verbose: bool = True) -> Optional[str]:
        """Refused."""
        return None

    def _on_exception(self, loop: asyncio.AbstractEventLoop, context: Dict[str, Any]) -> None:
        self._tell("a browser sent a message that makes no sense", context.get("exception"))

    def _is_worth_a_traceback(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            self._tell("a browser sent what is no message of the page", record.exc_info[1])
        return not record.exc_info

    def _tell(self, what: str, error: Optional[BaseException]) -> None:
        sentence = f"{what} ({type(error).__name__}): ignored"
        if sentence not in self._told:
            self._told.add(sentence)
            self._warn(sentence)


def open_server(
    host: str, port: int, warn: Callable[[str], None], given_as: str = SETTING
) -> WebServer:
    """Serves a page that is still empty.

    Args:
        host: address to listen on.
        port: of it; 0 takes any that is free.
        warn: told of each kind of nonsense that browsers send, once.
        given_as: how whoever asks gives a setting's name and value.

    Raises:
        PortInUse: somebody listens there already, or the address is not this machine's.
    """
    _require_free(host, port, given_as)
    # viser prints a table with addresses, those of 0.0.0.0 among them; the node says it in a line
    with contextlib.redirect_stdout(io.StringIO()):
        server = WebServer(host, port, warn)
    if port and server.get_port() != port:  # viser takes the next port where one is in use
        server.stop()
        raise PortInUse(_in_use(host, port, given_as))
    return server


class ServedPage:
    """What every page has: a server, and where it is.

    Args:
        host, port, warn, given_as: see `open_server`.

    Raises:
        PortInUse: it cannot be served there.
    """

    def __init__(
        self, host: str, port: int, warn: Callable[[str], None], given_as: str = SETTING
    ) -> None:
        self._server = open_server(host, port, warn, given_as)
        self.port = self._server.get_port()
        """Where it is served."""
        self._server.gui.configure_theme(
            control_width="large", show_logo=False, show_share_button=False
        )

    @property
    def is_watched(self) -> bool:
        """Whether any page is open."""
        return bool(self._server.get_clients())

    def close(self) -> None:
        """Serves no more."""
        self._server.stop()


def origin_and_host(server: viser.ViserServer, page: int) -> Tuple[str, str]:
    """Where a page says that it comes from, and what it was asked to connect to; empty if unsaid.

    viser does not hand on the request that opened a connection, and its web server takes those of
    every page that the browser shows. So this looks into viser; a test holds that it is there.
    """
    connection = server._websock_server._live_connections.get(page)
    if connection is None or connection.request is None:
        return "", ""
    headers = connection.request.headers
    return headers.get("Origin", ""), headers.get("Host", "")


def _require_free(host: str, port: int, given_as: str) -> None:
    """viser would look for another port for ever where an address cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, UnicodeError) as error:
        in_use = isinstance(error, OSError) and error.errno == 98
        raise PortInUse(
            _in_use(host, port, given_as)
            if in_use
            else f"the page cannot be served on {host}:{port} ({error}): give as host an "
            "address of this machine, or leave it out, and a port that you may open."
        ) from None


def _in_use(host: str, port: int, given_as: str) -> str:
    other = given_as.format("port", port + 1)
    return (
        f"port {port} of {host} is in use, perhaps by another cockpit: open http://{host}:{port} "
        f"for that one, or give {other}."
    )
