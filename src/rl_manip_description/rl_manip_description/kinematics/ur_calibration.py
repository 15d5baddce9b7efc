"""The factory calibration of a Universal Robots arm, as `ur_calibration` writes it.

A YAML file: under `kinematics` each link has x, y, z [m] and roll, pitch, yaw [rad], the origin of
its joint as seen from the link before; the first one from the pendant's frame `base`.
"""

from __future__ import annotations

import math
from typing import Any, List, Sequence

import numpy as np

from rl_manip_description.kinematics.serial_chain import pose_of

NUMBERS = ("x", "y", "z", "roll", "pitch", "yaw")
KEY = "kinematics"


def calibrated_origins(values: Any, source: str, links: Sequence[str]) -> List[np.ndarray]:
    """Origin (4, 4) of each link's joint, seen from the link before.

    Args:
        values: what the file says, as YAML gives it.
        source: what sentences call the file.
        links: from base to tool, named without `_link`.

    Raises:
        ValueError: the file is no such calibration, or lacks a link or a finite number.
    """
    listed = values.get(KEY) if isinstance(values, dict) else None
    if not isinstance(listed, dict):
        raise ValueError(
            f"{source} is no calibration: expected {KEY!r} with {', '.join(NUMBERS)} of each link, "
            "as ros2 launch ur_calibration writes it."
        )
    missing = [link for link in links if not isinstance(listed.get(link), dict)]
    if missing:
        raise ValueError(
            f"{source} calibrates the links {sorted(map(str, listed))} and lacks {missing}: is it "
            "of another arm?"
        )
    return [_origin(listed[link], source, link) for link in links]


def _origin(given: Any, source: str, link: str) -> np.ndarray:
    numbers = [_number(given.get(name)) for name in NUMBERS]
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError(f"{source}: {link} is {given!r}, expected finite {', '.join(NUMBERS)}.")
    return pose_of(numbers[:3], numbers[3:])


def _number(given: Any) -> float:
    """NaN for what is no number; YAML 1.1 reads 2e-05 as text."""
    try:
        return math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        return math.nan
