"""A network between browser and page that is slow: what is sent arrives late, and bit by bit."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time

from held_up_network import HeldUpNetwork

DELAY = 0.05  # [s] one way
RATE = 500e3  # [B/s] each way
PIECE = 16_384  # [B]


class SlowNetwork(HeldUpNetwork):
    """Passes connections on to a port of this machine; as a context it ends them."""

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        on_its_way: queue.Queue[tuple[float, bytes]] = queue.Queue(maxsize=64)  # then it is full
        threading.Thread(target=self._deliver, args=(on_its_way, other), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := one.recv(PIECE):
                on_its_way.put((time.monotonic() + DELAY, data))
        on_its_way.put((0.0, b""))

    def _deliver(self, on_its_way: queue.Queue, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = on_its_way.get()
                if not data:
                    other.shutdown(socket.SHUT_WR)
                    return
                time.sleep(max(due - time.monotonic(), 0.0) + len(data) / RATE)
                self._flows.wait()
                other.sendall(data)
        # the other end is gone: whoever still sends must not wait for ever
        while on_its_way.get()[1]:
            pass
