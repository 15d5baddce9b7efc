"""A `~` in a path, where no shell expands it."""

import errno
from pathlib import Path

import pytest

from rl_manip_description.paths import UnknownHomeError, path_of, trouble_with_file


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


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device: make room,"),
        (
            OSError(errno.ENOSPC, "No space", "a/b"),
            "No space for a/b: make room, or give a path on",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "a"),
            "a: Permission denied; give anoth",
        ),
        (OSError("a bag is torn"), "the system says 'a bag is torn': check the paths"),
    ],
)
def test_a_file_that_makes_trouble_is_a_sentence_with_what_to_do(error, said):
    assert trouble_with_file(error).startswith(said)
