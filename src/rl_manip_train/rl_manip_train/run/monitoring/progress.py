"""How a training run shows what it does: on a terminal, in a log, or as JSON lines to a parent."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from typing import Any, Dict, Optional, Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LOG_PERIOD = 5.0
"""Time between two lines of plain progress [s]."""


class Reporter(Protocol):
    """Receives a run's events, in order."""

    def started(self, run: Dict[str, Any]) -> None:
        """The run begins; ``run`` names its folder, budget and target."""

    def progressed(self, env_steps: int, metrics: Dict[str, float]) -> None:
        """An iteration ended."""

    def said(self, sentence: str) -> None:
        """Something a person should know."""

    def obeyed(self, order: str, outcome: str) -> None:
        """An order (one of ``control.ORDERS``) was carried out; ``outcome`` says what happened."""

    def finished(self, summary: Dict[str, Any]) -> None:
        """The run ended; ``summary`` is what training.json holds."""


def make_reporter(style: str) -> Reporter:
    """A reporter: ``rich``, ``plain``, ``json``, or ``auto``: rich on a terminal, else plain."""
    if style == "auto":
        style = "rich" if sys.stderr.isatty() else "plain"
    return {"rich": RichReporter, "plain": PlainReporter, "json": JsonReporter}[style]()


def headline(env_steps: int, metrics: Dict[str, float]) -> str:
    """One line of the figures that tell how the run is going."""
    text = (
        f"{env_steps:>9,} steps  {metrics['charts/env_steps_per_s']:>6,.0f}/s  "
        f"reward {metrics['charts/reward']:+.2f}"
    )
    success, best = metrics.get("eval/success_rate"), metrics.get("eval/best_success_rate")
    if success is not None:
        text += f"  success {100.0 * success:5.1f} %"
    if best is not None:
        text += f", the best policy's over many episodes {100.0 * best:.1f} %"
    return text


class PlainReporter:
    """A line every few seconds and at every evaluation, to standard error."""

    def __init__(self, stream: Optional[TextIO] = None) -> None:
        self._stream = stream or sys.stderr
        self._last = -math.inf

    def started(self, run: Dict[str, Any]) -> None:
        """See ``Reporter``."""
        self.said(f"training in {run['run_dir']}")

    def progressed(self, env_steps: int, metrics: Dict[str, float]) -> None:
        """See ``Reporter``."""
        now = time.monotonic()
        if "eval/success_rate" in metrics or now - self._last >= LOG_PERIOD:
            self._last = now
            self.said(headline(env_steps, metrics))

    def said(self, sentence: str) -> None:
        """See ``Reporter``."""
        print(sentence, file=self._stream, flush=True)

    def obeyed(self, order: str, outcome: str) -> None:
        """See ``Reporter``."""
        self.said(outcome)

    def finished(self, summary: Dict[str, Any]) -> None:
        """See ``Reporter``."""
        self.said(
            f"success {100.0 * summary['success_rate']:.1f} % over {summary['episodes']} episodes "
            f"after {summary['env_steps']:,} steps in {summary['wall_s']:.0f} s: "
            f"{summary['policy']}"
        )


class RichReporter(PlainReporter):
    """A live bar with rates and time left; evaluations stay on screen above it."""

    def started(self, run: Dict[str, Any]) -> None:
        """See ``Reporter``."""
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[headline]}"),
            TimeElapsedColumn(),
            TextColumn("budget left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._bar = self._progress.add_task(
            f"{run['arm']} {run['task']}", total=run["max_env_steps"], headline=""
        )
        self._progress.start()
        super().started(run)

    def progressed(self, env_steps: int, metrics: Dict[str, float]) -> None:
        """See ``Reporter``."""
        line = headline(env_steps, metrics)
        self._progress.update(self._bar, completed=env_steps, headline=line)
        if "eval/success_rate" in metrics:
            self.said(line)

    def said(self, sentence: str) -> None:
        """See ``Reporter``."""
        self._progress.console.print(sentence, highlight=False)

    def finished(self, summary: Dict[str, Any]) -> None:
        """See ``Reporter``."""
        self._progress.stop()
        super().finished(summary)


class JsonReporter:
    """One JSON object a line on standard output: {"event": ..., ...}, for a parent process."""

    def _emit(self, event: str, **content: Any) -> None:
        try:
            print(json.dumps({"event": event, **content}), flush=True)
        except BrokenPipeError:
            # the parent is gone; its end of standard input, an order to stop, ends the run in good
            # order, and what is still said goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def started(self, run: Dict[str, Any]) -> None:
        """See ``Reporter``."""
        self._emit("started", run=run)

    def progressed(self, env_steps: int, metrics: Dict[str, float]) -> None:
        """See ``Reporter``."""
        finite = {name: value for name, value in metrics.items() if math.isfinite(value)}
        self._emit("progress", env_steps=env_steps, metrics=finite)

    def said(self, sentence: str) -> None:
        """See ``Reporter``."""
        self._emit("message", text=sentence)

    def obeyed(self, order: str, outcome: str) -> None:
        """See ``Reporter``."""
        self._emit("obeyed", order=order, text=outcome)

    def finished(self, summary: Dict[str, Any]) -> None:
        """See ``Reporter``."""
        self._emit("finished", summary=summary)
