"""Who may command."""

import pytest

from rl_manip_cockpit.state.access import Access, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "localhost", "::1", "[::1]"])
def test_this_machine_needs_no_token(host):
    access = Access(host, "given in vain")
    assert is_loopback(host)
    assert not access.needs_token
    assert access.token == ""
    assert not access.opens("")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "robot.local", "::", ""])
def test_elsewhere_only_the_token_opens(host):
    access = Access(host, "secret")
    assert access.needs_token
    assert access.opens("secret")
    assert not any(map(access.opens, ("", "Secret", "secret ", "geheim ß")))


def test_tokens_are_drawn_anew():
    tokens = {Access("0.0.0.0").token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 16


@pytest.mark.parametrize(
    ("origin", "host", "known"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://evil.example", "127.0.0.1:8080", False),
        ("http://127.0.0.1:9999", "127.0.0.1:8080", False),
        ("http://evil.example:8080", "evil.example:8080", False),
        ("null", "127.0.0.1:8080", False),
        ("", "", False),
    ],
)
def test_other_pages_of_the_browser_are_told_apart(origin, host, known):
    """The last but two: a name of somebody else's that was made to mean this machine."""
    assert Access("127.0.0.1").knows_origin(origin, host) is known
