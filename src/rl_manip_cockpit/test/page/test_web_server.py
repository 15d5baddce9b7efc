"""The web server keeps to itself: who connects from where, ports in use, and nonsense."""

from __future__ import annotations

import socket
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec
import pytest
import viser
from browser import wait_until
from viser import _messages
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from rl_manip_cockpit.page.web_server import PortInUse, open_server, origin_and_host

PROTOCOL = f"viser-v{viser.__version__}"


def test_a_port_in_use_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUse) as refusal:
            open_server("127.0.0.1", port, print)
    assert str(refusal.value) == (
        f"port {port} of 127.0.0.1 is in use, perhaps by another cockpit: open "
        f"http://127.0.0.1:{port} for that one, or give port:={port + 1}."
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "robot.invalid"])
def test_an_address_that_is_not_here_is_one_sentence(host):
    with pytest.raises(PortInUse, match="cannot be served on"):
        open_server(host, 0, print)


def test_it_is_known_where_a_connection_comes_from():
    """viser does not hand it on: this fails where it keeps it elsewhere."""
    server, found = open_server("127.0.0.1", 0, print), []
    server.on_client_connect(lambda c: found.append(origin_and_host(server, c.client_id)))
    try:
        with connect(
            f"ws://127.0.0.1:{server.get_port()}",
            subprotocols=[PROTOCOL],
            origin="http://evil.test",
        ) as connection:
            camera = _messages.ViewerCameraMessage(
                (1.0, 0.0, 0.0, 0.0),
                (1.0, 0.0, 0.0),
                1.0,
                0.1,
                9.0,
                8,
                8,
                (0.0,) * 3,
                (0.0, 0.0, 1.0),
            )
            connection.send(_packed(camera))
            wait_until(lambda: found, "it is connected")
    finally:
        server.stop()
    assert found == [("http://evil.test", f"127.0.0.1:{server.get_port()}")]


def test_no_page_can_have_a_tunnel_opened():
    server = open_server("127.0.0.1", 0, print)
    try:
        assert server.request_share_url() is None
    finally:
        server.stop()


def test_nonsense_is_one_sentence_and_the_page_goes_on(serve, capfd):
    with serve() as served:
        for nonsense in (b"\xc1nonsense", _bytes_of({"type": "NoSuchMessage"}), "text"):
            with connect(served.url.replace("http", "ws"), subprotocols=[PROTOCOL]) as connection:
                connection.send(nonsense)
                with pytest.raises(ConnectionClosedError):
                    list(connection)
        wait_until(lambda: served.warnings, "it is told")
        assert all("ignored" in sentence for sentence in served.warnings)
        with urlopen(served.url) as answer:
            assert answer.status == 200
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{served.url}/../../etc/passwd")
        assert served.orders.heard == []
    assert "Traceback" not in "".join(capfd.readouterr())


def _packed(message: _messages.Message) -> bytes:
    return _bytes_of(message.as_serializable_dict([]))


def _bytes_of(values: dict) -> bytes:
    return msgspec.msgpack.encode(values)
