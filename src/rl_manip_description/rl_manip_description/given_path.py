"""Paths as people give them, also where no shell expands them."""

from __future__ import annotations

from pathlib import Path
from typing import Union


class UnknownHomeError(ValueError):
    """A path that begins with the home folder of somebody who is not known; says what to do."""


def path_of(text: Union[str, Path]) -> Path:
    """The path that a person means, with a `~` at its beginning expanded.

    Raises:
        UnknownHomeError: nobody knows that home folder.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UnknownHomeError(
            f"{str(text)!r} begins with a home folder that is not known here: give the path in "
            "full."
        ) from None
