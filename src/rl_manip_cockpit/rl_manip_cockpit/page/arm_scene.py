"""The arm in three dimensions: itself, its simulated twin, the tool's path, its goal and zones."""

from __future__ import annotations

import itertools
from collections import deque
from typing import Deque, Optional, Sequence

import numpy as np
import viser

from rl_manip_cockpit.page.shown_arm import (
    ShownArm,
    ShownGoal,
    drawable,
    reach_of,
    set_up_room,
)
from rl_manip_deploy.guard.space.zones import Zone
from rl_manip_description import Arm
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix

GHOST = (0.24, 0.51, 0.96, 0.35)
"""Red, green, blue and opacity."""
PATH = (245, 140, 20)
KEEP_OUT, KEEP_IN = (224, 49, 49), (47, 158, 68)
PATH_POINTS = 300
PATH_STEP = 0.004
"""Two points of the path are at least so far apart [m]."""
APART = 0.002
"""A twin whose tool is nearer than this is not shown: it would only flicker inside the arm [m]."""
PLANE = 0.6
"""Half the side of the square that stands for a half-space [m]."""


class ArmScene:
    """What everybody sees alike.

    Args:
        server: draws it.
        arm: which arm, with its gripper.
        zones: that the guard keeps to.
    """

    def __init__(self, server: viser.ViserServer, arm: Arm, zones: Sequence[Zone] = ()) -> None:
        self._scene, self._arm = server.scene, arm
        self._path: Deque[np.ndarray] = deque(maxlen=PATH_POINTS)
        self._line: Optional[viser.LineSegmentsHandle] = None
        set_up_room(server, reach_of(arm))
        shapes = drawable(arm)
        self._shown = ShownArm(server, arm, shapes, "/arm")
        self._twin_frame = server.scene.add_frame("/twin", show_axes=False, visible=False)
        self._twin = ShownArm(server, arm, shapes, "/twin", GHOST)
        self._goal = ShownGoal(server, "/goal")
        for zone in zones:
            self._draw_zone(zone)

    def show(
        self, position: Optional[np.ndarray], twin: Optional[np.ndarray], goal: Optional[np.ndarray]
    ) -> None:
        """Moves everything.

        Args:
            position: joint positions (n,) [rad].
            twin: those of the simulated twin.
            goal: that was sent last, (7,).
        """
        if position is not None:
            self._shown.show(position)
            tool = self._arm.forward_kinematics(position).position
            self._draw_path(tool)
            apart = 0.0
            if twin is not None:
                apart = float(np.linalg.norm(self._arm.forward_kinematics(twin).position - tool))
                self._twin.show(twin)
            self._twin_frame.visible = apart > APART
        self._goal.show(goal)

    def _draw_path(self, tool: np.ndarray) -> None:
        if self._path and np.linalg.norm(tool - self._path[-1]) < PATH_STEP:
            return
        self._path.append(tool)
        points = np.array(self._path)
        pieces = np.stack((points[:-1], points[1:]), axis=1)
        if len(pieces):
            self._line = self._scene.add_line_segments(
                "/path", pieces, PATH, thickness=3.0, thickness_units="screen"
            )

    def _draw_zone(self, zone: Zone) -> None:
        colour = KEEP_OUT if zone.keep == "out" else KEEP_IN
        half = zone.half if zone.kind == "box" else np.array([PLANE, PLANE, 0.001])
        x, y, z, w = quaternion_from_matrix(zone.pose[:3, :3])
        name = f"/zones/{zone.name}"
        self._scene.add_line_segments(
            name,
            box_edges(half),
            colour,
            thickness=2.0,
            thickness_units="screen",
            wxyz=(w, x, y, z),
            position=zone.pose[:3, 3],
        )
        if zone.keep == "out" or zone.kind == "half_space":  # what is kept in is not hidden
            size = tuple(2.0 * half)
            self._scene.add_box(f"{name}/filled", colour, size, opacity=0.15, cast_shadow=False)
        top = (0.0, 0.0, half[2] + 0.03)
        self._scene.add_label(f"{name}/name", f"keep {zone.keep}: {zone.name}", position=top)


def box_edges(half: np.ndarray) -> np.ndarray:
    """The twelve edges of a box round the origin, (12, 2, 3) [m], by its half extents (3,) [m]."""
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
    pairs = itertools.combinations(corners, 2)
    return half * np.array([pair for pair in pairs if np.sum(pair[0] != pair[1]) == 1])
