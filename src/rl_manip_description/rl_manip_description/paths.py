"""Paths as people give them, also where no shell expands them."""

from __future__ import annotations

import errno
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


def trouble_with_file(error: OSError) -> str:
    """What the system says of a file that cannot be read or written, and what to do about it."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" for {error.filename}" if error.filename is not None else ""
        return f"{reason}{where}: make room, or give a path on another disk."
    if error.filename is None:
        return f"the system says {reason!r}: check the paths that were given."
    return f"{error.filename}: {reason}; give another path."
