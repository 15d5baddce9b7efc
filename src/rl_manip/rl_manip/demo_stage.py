"""One stage of the demonstration: a command as a user types it, shown live and kept in a log."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

# what launch and rclpy put before a message: [node-1] [INFO] [1700000000.0] [node]:
_PREFIX = re.compile(r"^\[[\w.-]+\]:? (?:\[(?P<level>\w+)\] \[[\d.]+\] \[[\w.]+\]: )?")
_GRACE = 90.0  # a stage that is told to end still brings an arm to rest or saves a policy [s]


class StageError(RuntimeError):
    """A stage failed; the message names it and its log."""


@dataclass(frozen=True)
class Stage:
    """A step of the demonstration."""

    name: str
    """One word, also the name of the log."""
    title: str
    """What it does, for the screen."""
    command: Sequence[str]
    """Program and arguments."""
    writes: Path
    """File that is there afterwards."""


def run_stage(stage: Stage, heading: str, log: Path, console: Console) -> float:
    """Run ``stage``, show what it prints and keep it in ``log``.

    Returns:
      How long it took [s].

    Raises:
      StageError: it failed, or did not write its file.
      KeyboardInterrupt: after SIGINT or SIGTERM, once the stage has ended.
    """
    console.rule(Text(f"{heading} {stage.title}", style="bold"), align="left")
    console.print(Text(f"$ {shlex.join(stage.command)}", style="cyan"), soft_wrap=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    spinner = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    spinner.add_task(stage.title)
    with spinner, open(log, "w", encoding="utf-8") as file:
        code = _run(stage.command, file, console)
    seconds = time.monotonic() - begin
    if code:
        raise StageError(
            f"the stage '{stage.name}' failed with exit code {code}; its output is in {log}"
        )
    if not stage.writes.exists():
        raise StageError(
            f"the stage '{stage.name}' ended without writing {stage.writes}; its output is in {log}"
        )
    console.print(f"[green]done[/] in {seconds:.1f} s", highlight=False)
    return seconds


def readable(line: str) -> Optional[str]:
    """The message in a line of a launch's output; None for launch's own bookkeeping."""
    prefix = _PREFIX.match(line)
    if not prefix:
        return line
    message = line[prefix.end() :]
    bookkeeping = prefix.group() == "[INFO] "
    level = prefix["level"]
    if bookkeeping:
        return None
    return f"{level.lower()}: {message}" if level in ("WARN", "ERROR", "FATAL") else message


def _run(command: Sequence[str], log, console: Console) -> int:
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    try:
        for line in child.stdout:
            log.write(line)
            log.flush()
            message = readable(line.rstrip())
            if message:
                console.print(Text(f"  {message}"), soft_wrap=True)
        return child.wait()
    except KeyboardInterrupt:
        _end(child)
        raise


def _end(child: subprocess.Popen) -> None:
    """Let the stage end in good order; a second Ctrl+C kills it."""
    child.send_signal(signal.SIGINT)
    try:
        child.communicate(timeout=_GRACE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()
