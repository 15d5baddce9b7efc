"""A network between browser and page that can be held up, and then delivers everything at once."""

from __future__ import annotations

import contextlib
import socket
import threading


class HeldUpNetwork:
    """Passes connections on to a port of this machine; as a context it ends them.

    Args:
        port: where to.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._flows = threading.Event()
        self._flows.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.port = self._listener.getsockname()[1]
        """Where it listens."""
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> HeldUpNetwork:
        return self

    def __exit__(self, *_: object) -> None:
        self._flows.set()
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def hold_up(self) -> None:
        """From now on nothing arrives."""
        self._flows.clear()

    def let_flow(self) -> None:
        """All that was held up arrives."""
        self._flows.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 20):
                self._flows.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
