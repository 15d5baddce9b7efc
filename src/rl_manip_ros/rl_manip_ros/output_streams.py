"""Standard output and error that outlive whoever reads them, and write what a terminal can show."""

from __future__ import annotations

import io
import os
import sys
from typing import Any


class _Outliving(io.FileIO):
    """A file whose reader may leave, as `head -1` does: what is written then goes nowhere."""

    def write(self, data: Any, /) -> int:
        """How much was written."""
        try:
            return super().write(data)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(data)


def outlive_readers() -> None:
    """Lets no reader who leaves, and no letter that a terminal lacks, end the process's work."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):  # closed by whoever started the process
            continue
        stream.flush()
        raw = _Outliving(stream.fileno(), "wb", closefd=False)
        lasting = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding=stream.encoding,
            errors="replace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        setattr(sys, name, lasting)
