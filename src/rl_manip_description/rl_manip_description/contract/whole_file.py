"""Files that are either whole or absent, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Iterator

SUFFIX = ".tmp"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` to write to; on success it is synced and takes its place.

    A crash or an error leaves what was at ``path`` before, and no temporary file after an error.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{SUFFIX}")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if temporary.exists():
            temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def remove_left_over(folder: Path) -> None:
    """Remove the temporary files that a process left in ``folder`` when it was killed."""
    for path in Path(folder).glob(f".*{SUFFIX}"):
        path.unlink()
