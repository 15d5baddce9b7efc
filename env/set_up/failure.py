"""The one way in which set-up fails: a sentence that says what to do."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Mapping, Optional, Sequence


class SetUpError(Exception):
    """Set-up cannot go on; the message is one sentence that says what to do."""


def run_logged(
    command: Sequence[object],
    log: Path,
    what_to_do: str,
    environment: Optional[Mapping[str, str]] = None,
    cwd: Optional[Path] = None,
) -> None:
    """Run `command` with its output appended to `log`.

    Raises SetUpError with `what_to_do`, the last error line and the log's path when it fails.
    """
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"\n[{time.strftime('%Y-%m-%d %H:%M:%S')}] {' '.join(words)}\n")
        stream.flush()
        start = stream.tell()
        try:
            code = subprocess.call(
                words, stdout=stream, stderr=subprocess.STDOUT, env=environment, cwd=cwd
            )
        except OSError as error:
            raise SetUpError(f"cannot run {words[0]} ({error.strerror}): {what_to_do}") from error
    if code:
        raise SetUpError(f"{what_to_do} (it said: {last_error(log, start)}; all of it in {log})")


def last_error(log: Path, start: int) -> str:
    """The last line behind byte `start` of `log` that names an error, else the last line."""
    with log.open(encoding="utf-8", errors="replace") as stream:
        stream.seek(start)
        lines = [line.strip() for line in stream if line.strip()]
    errors = [line for line in lines if line.upper().startswith(("ERROR", "FATAL", "OSERROR"))]
    return (errors or lines or ["nothing"])[-1]
