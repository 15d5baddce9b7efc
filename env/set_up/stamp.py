"""Stamps: a step whose inputs have not changed since it last ended is skipped."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Iterable


def digest(facts: Iterable[object], files: Iterable[Path]) -> str:
    """Hash of the facts and of the files' names and contents."""
    hasher = hashlib.sha256()
    for fact in facts:
        hasher.update(repr(fact).encode() + b"\0")
    for file in sorted(files):
        hasher.update(str(file).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return hasher.hexdigest()


class Stamp:
    """The digest with which a step last ended, kept in a file.

    The file is absent while the step runs, so an interrupted step is seen as never done.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str:
        """The digest, or an empty string."""
        try:
            return self.path.read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def begin(self) -> None:
        """The step starts."""
        self.path.unlink(missing_ok=True)

    def end(self, value: str) -> None:
        """The step has ended."""
        self.path.write_text(value + "\n", encoding="utf-8")
