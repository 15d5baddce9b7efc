"""A `~` in a path, where no shell expands it."""

from pathlib import Path

import pytest

from rl_manip_description.given_path import UnknownHomeError, path_of


def test_a_home_folder_is_put_in_its_place(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    assert path_of("~/runs") == Path("/home/someone/runs")
    assert path_of("~") == Path("/home/someone")


@pytest.mark.parametrize(
    "text", ["a b/c", "größe", "$HOME/x", "yes", "1e3", "0x10", "null", "x~", "a/~/b", ""]
)
def test_everything_else_stays_as_it_is(text):
    assert path_of(text) == Path(text)


def test_a_home_folder_that_nobody_knows_is_a_sentence():
    with pytest.raises(UnknownHomeError, match="'~nobody-here/x' begins with a home folder that"):
        path_of("~nobody-here/x")
