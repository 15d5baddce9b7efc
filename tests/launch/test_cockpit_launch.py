"""cockpit.launch.py as a person starts it: it serves the page, or says in a sentence why not."""

import signal
import socket
from urllib.request import urlopen

from ros2_process import Ros2Process


def cockpit(*arguments):
    return Ros2Process("launch", "rl_manip", "cockpit.launch.py", *arguments)


def test_it_serves_the_page_without_an_arm_and_ends_on_ctrl_c():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with cockpit(f"port:={port}", "twin:=false") as launch:
        launch.wait_for(f"open http://127.0.0.1:{port}")
        with urlopen(f"http://127.0.0.1:{port}") as page:
            assert b"<title>" in page.read()
        code, said = launch.finish(signal.SIGINT)
    assert code == 0, said
    assert "Traceback" not in said


def test_a_second_cockpit_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with cockpit(f"port:={port}", "twin:=false") as launch:
            code, said = launch.finish()
    assert code != 0
    assert f"port {port} of 127.0.0.1 is in use, perhaps by another cockpit" in said
    assert "Traceback" not in said


def test_every_argument_is_described():
    with cockpit("--show-args") as launch:
        code, said = launch.finish()
    assert code == 0
    assert "no description" not in said.lower()
    for name in ("host", "port", "token", "enable_topic", "guard_settings", "policies"):
        assert f"'{name}':" in said
