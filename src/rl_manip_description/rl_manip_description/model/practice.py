"""Where an arm practises: what tasks ask of the arm rather than say themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np

from rl_manip_description.model.workspace import HalfShell

SPREAD = 0.75
"""How far from home joints start where the arm's file does not say [rad]."""
POSTURE_SPREAD = 1.8
"""How far from home joints keep home's posture where the arm's file does not say [rad]."""
TABLE_SHARE = (0.5, 0.82)
"""Ring on the table where the arm's file does not say, over the workspace's outer radius [1]."""


@dataclass(frozen=True)
class Practice:
    """What tasks draw poses from; spreads are distances from home per joint, (n,) [rad] each."""

    start_spread: np.ndarray
    """Most poses as near to home as this are clear of the table and of the arm itself."""
    goal_spread: np.ndarray
    """Poses as near to home as this become goals that have a rotation."""
    posture_spread: np.ndarray
    """Poses further from home than this are of another posture, bent or wound the other way."""
    table_ring: Tuple[float, float]
    """Nearest and farthest distance from the base's z axis at which a gripper reaches objects on
    the table with the tool straight down [m]."""
    gripper: Optional[str] = None
    """Gripper that the arm carries for tasks that need one; None where it has none of its own."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name.endswith("_spread"):
                values = np.array(getattr(self, field.name), dtype=np.float64)
                values.setflags(write=False)
                object.__setattr__(self, field.name, values)
                if not np.all(np.isfinite(values)) or np.any(values < 0.0):
                    raise ValueError(
                        f"practice.{field.name} is {values.tolist()} rad; give finite numbers of "
                        "at least 0."
                    )
        near, far = map(float, self.table_ring)
        object.__setattr__(self, "table_ring", (near, far))
        if not 0.0 <= near < far < math.inf:
            raise ValueError(f"practice.table_ring is {near}, {far} m; give 0 <= near < far.")

    @classmethod
    def from_dict(
        cls, values: Dict[str, Any], joint_names: Sequence[str], workspace: HalfShell
    ) -> Practice:
        """What the key ``practice`` of an arm's file says; what is missing is chosen.

        Raises:
          ValueError: an unknown key, or a spread that does not name every joint.
        """
        values = dict(values)
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            known = ", ".join(field.name for field in fields(cls))
            raise ValueError(f"practice has the key {sorted(unknown)[0]!r}, expected {known}.")

        def spread(key: str, default: Sequence[float]) -> np.ndarray:
            given = values.get(key, dict(zip(joint_names, default)))
            if not isinstance(given, dict) or set(given) != set(joint_names):
                raise ValueError(
                    f"practice.{key} is {given!r}, expected a number for each of "
                    f"{', '.join(joint_names)}."
                )
            return np.array([float(given[name]) for name in joint_names])

        start = spread("start_spread", [SPREAD] * len(joint_names))
        return cls(
            start_spread=start,
            goal_spread=spread("goal_spread", list(start)),
            posture_spread=spread("posture_spread", [POSTURE_SPREAD] * len(joint_names)),
            table_ring=tuple(
                values.get("table_ring", [share * workspace.outer_radius for share in TABLE_SHARE])
            ),
            gripper=values.get("gripper"),
        )
