"""Bags damaged on purpose, and what their report must then say: for tests and benchmarks."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterator, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_gap.commands import report as report_command
from rl_manip_gap.compare.gap_json import gap_to_json
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.replay.twin import Twin

# Differences from the truth below which a figure is not called wrong, by its unit.
_NEGLIGIBLE = {"m": 2e-5, "rad": 2e-5, "s": 2e-4, "rad_s": 2e-4, "gain": 1e-3}
_TRACKING = ("position_rmse", "position_max", "velocity_rmse", "velocity_max")


class Ending(NamedTuple):
    """How `ros2 run rl_manip_gap report` ended."""

    code: int
    said: str  # on the error stream
    gap: Optional[Dict[str, Any]]  # content of gap.json; None where there is none


def cut_off(content: bytes, rng: np.random.Generator) -> bytes:
    """A file that ends anywhere."""
    return content[: rng.integers(0, len(content))]


def flipped(content: bytes, rng: np.random.Generator) -> bytes:
    """A file with one bit changed in one to three random bytes."""
    damaged = bytearray(content)
    for place in rng.integers(0, len(content), rng.integers(1, 4)):
        damaged[place] ^= 1 << rng.integers(8)
    return bytes(damaged)


def run_report(bag: Path, out: Path, *more: str) -> Ending:
    """The command in this process; any other exception than its own ending is passed on."""
    errors = io.StringIO()
    arguments, sys.argv = sys.argv, ["report", str(bag), "-o", str(out), *more]
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            report_command.main()
        code, said = 0, ""
    except SystemExit as ended:
        # A text as exit code goes to stderr and makes the code 1.
        text = isinstance(ended.code, str)
        code, said = (1, ended.code) if text else (int(ended.code or 0), errors.getvalue())
    finally:
        sys.argv = arguments
    figures = out / "gap.json"
    return Ending(code, said, json.loads(figures.read_text()) if figures.exists() else None)


def true_figures(whole: Recording, damaged: Recording, twin: Twin) -> Dict[str, Any]:
    """gap.json of the intact recording over the messages that were read of the damaged one."""
    states, later = whole.states, _later(whole, damaged)
    commands = damaged.commands and whole.commands
    if commands:
        commands = commands.only(_nearest(commands.time, damaged.commands.time + later))
    recording = replace(
        whole,
        states=states.only(_nearest(states.time, damaged.states.time + later)),
        commands=commands,
        stopped=tuple(span.moved(later) for span in damaged.stopped),
    )
    return gap_to_json(measure_gap(recording, twin.arm, twin), ())


def wrong_figures(gap: Dict[str, Any], truth: Dict[str, Any], within: float) -> Iterator[str]:
    """Figures that differ from the truth by more than a share `within` of it, one phrase each."""
    for (name, value), (_, true) in zip(_figures(gap), _figures(truth)):
        if (value is None) != (true is None):
            yield f"{name} is {value}, in truth {true}"
        elif value is not None and abs(value - true) > max(
            within * abs(true), _NEGLIGIBLE[_unit(name)]
        ):
            yield f"{name} is {value:.6g}, in truth {true:.6g}"


def _figures(gap: Dict[str, Any]) -> Iterator[Tuple[str, Optional[float]]]:
    yield "windows.gain", gap["windows"]
    for name in ("position_rmse_m", "position_max_m", "orientation_rmse_rad"):
        yield f"tool.{name}", gap["tool"][name]
    for joint, figures in gap["joints"].items():
        for name in (*figures,):
            if name.startswith(_TRACKING) or name in ("delay_s", "gain"):
                yield f"joints.{joint}.{name}", figures[name]


def _unit(name: str) -> str:
    return next(unit for unit in ("rad_s", "rad", "gain", "s", "m") if name.endswith(unit))


def _later(whole: Recording, damaged: Recording) -> float:
    """By how much the intact recording's times are larger [s]: its first message may be lost."""
    known = {row.tobytes(): time for row, time in zip(whole.states.position, whole.states.time)}
    pairs = zip(damaged.states.position, damaged.states.time)
    apart = [known[row.tobytes()] - time for row, time in pairs if row.tobytes() in known]
    return float(np.median(apart))


def _nearest(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Rows of increasing times (N,) nearest to wanted ones, each once."""
    above = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
    return np.unique(above - (wanted - times[above - 1] < times[above] - wanted))
