"""A tool centre point as a person writes it: `tool:=x,y,z` or `tool:=x,y,z,roll,pitch,yaw`."""

from __future__ import annotations

import math
from typing import Optional, Tuple

FARTHEST_TOOL = 1.0
"""[m] that a tool is from the flange, at most: what is further was meant in millimetres."""

ToolNumbers = Tuple[float, float, float, float, float, float]
"""x, y, z [m] and roll, pitch, yaw [rad] in the flange's frame, as a URDF's origin has them:
about the flange's fixed x, then y, then z."""


def tool_numbers(text: str) -> Optional[ToolNumbers]:
    """The tool that a text gives; None for an empty one.

    Raises:
        ValueError: it is no such list, has a number that is not finite, or lies further than
            `FARTHEST_TOOL` from the flange.
    """
    if not text.strip():
        return None
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (3, 6) or not all(map(math.isfinite, numbers)):
        raise ValueError(
            f"tool is {text!r}: give x,y,z [m] or x,y,z,roll,pitch,yaw [m, rad] in the flange's "
            "frame, three or six finite numbers with commas between them."
        )
    away = math.sqrt(sum(number**2 for number in numbers[:3]))
    if away > FARTHEST_TOOL:
        raise ValueError(
            f"tool is {text!r}, {away:g} m from the flange, expected up to {FARTHEST_TOOL:g} m: "
            "give x,y,z in metres."
        )
    x, y, z, roll, pitch, yaw = (*numbers, 0.0, 0.0, 0.0)[:6]
    return x, y, z, roll, pitch, yaw
