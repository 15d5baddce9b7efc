"""One arm in three dimensions, with its gripper, what it handles, and its goal."""

from __future__ import annotations

import io
from typing import Dict, Iterable, NamedTuple, Optional, Tuple

import numpy as np
import viser
import yourdfpy
from viser.extras import ViserUrdf

from rl_manip_cockpit.state.arm_copy import BLOCK, OBJECT, PEG, POST, ArmCopy, Thing
from rl_manip_description import Arm
from rl_manip_description.model.robot_urdf import robot_urdf

Colour = Tuple[float, float, float, float]
GOAL, MET = (47, 158, 68), (116, 184, 22)
COLOURS = {
    OBJECT: (245, 140, 20),
    PEG: (245, 140, 20),
    BLOCK: (64, 107, 153),
    POST: (140, 143, 148),
}
GOAL_RADIUS = 0.02  # [m]


def drawable(arm: Arm) -> yourdfpy.URDF:
    """Its shapes, for `ShownArm`; several may share them."""
    text = io.StringIO(robot_urdf(arm))
    return yourdfpy.URDF.load(text, mesh_dir=str(arm.urdf_path.parent))


def reach_of(arm: Arm) -> float:
    """Length of the arm stretched out [m]."""
    return float(np.linalg.norm(arm.chain.origins[:, :3, 3], axis=1).sum())


def set_up_room(server: viser.ViserServer, reach: float, across: float = 0.0) -> None:
    """Table, light and camera for an arm, or for several that stand `across` [m]."""
    wide = reach + 0.5 * across
    server.scene.add_grid(
        "/table", width=3.0 * wide, height=3.0 * wide, cell_size=0.1, section_size=0.5,
        fade_distance=4.0 * wide, position=(0.0, 0.0, -0.001),
    )  # fmt: skip
    # a browser on the robot's own computer may draw with the CPU
    server.scene.configure_default_lights(cast_shadow=False)
    aside = 0.25 * across  # several arms would stand behind the panel
    server.initial_camera.position = (1.1 * wide + aside, -0.9 * wide + aside, 0.75 * wide)
    server.initial_camera.look_at = (0.15 * reach + aside, 0.15 * reach + aside, 0.22 * reach)


class ShownArm:
    """An arm below a frame of the scene.

    Args:
        server: draws it.
        arm: which arm, with its gripper.
        shapes: see `drawable`.
        root: name of its frame.
        colour: red, green, blue and opacity [0, 1]; None for the arm's own.
    """

    def __init__(
        self,
        server: viser.ViserServer,
        arm: Arm,
        shapes: yourdfpy.URDF,
        root: str,
        colour: Optional[Colour] = None,
    ) -> None:
        self._arm = arm
        self._joints = list(shapes.actuated_joint_names)
        self._shown = ViserUrdf(server, shapes, root_node_name=root, mesh_color_override=colour)

    def show(self, position: np.ndarray, opening: Optional[float] = None) -> None:
        """Moves it to joint positions (n,) [rad] and, with a gripper, to an opening [m]."""
        known: Dict[str, float] = dict(zip(self._arm.joint_names, position))
        gripper = self._arm.gripper
        if gripper is not None and opening is not None:
            known[gripper.joint_name] = gripper.joint_position(opening)
        # in the URDF's order; what nobody tells of stays where it is
        self._shown.update_cfg(np.array([known.get(name, 0.0) for name in self._joints]))


class ShownGoal:
    """A ball at a goal; it begins unseen.

    Args:
        server: draws it.
        name: of the ball in the scene.
    """

    def __init__(self, server: viser.ViserServer, name: str) -> None:
        self._ball = server.scene.add_icosphere(
            name, radius=GOAL_RADIUS, color=GOAL, opacity=0.7, visible=False
        )

    def show(self, goal: Optional[np.ndarray], is_met: bool = False) -> None:
        """Moves it to a goal (7,), position first [m]; None hides it."""
        self._ball.visible = goal is not None
        if goal is not None:
            self._ball.position = goal[:3]
            self._ball.color = MET if is_met else GOAL


class ShownThings:
    """What there is beside an arm, below a frame of the scene.

    Args:
        scene: draws it.
        root: name of the frame.
    """

    def __init__(self, scene: viser.SceneApi, root: str) -> None:
        self._scene, self._root = scene, root
        self._drawn: Dict[str, _Drawn] = {}

    def show(self, things: Iterable[Thing]) -> None:
        """Draws these and nothing else; pages hear of what changes only."""
        now = {thing.name: thing for thing in things}
        for name in self._drawn.keys() - now.keys():
            self._drawn.pop(name).node.remove()
        for name, thing in now.items():
            before = self._drawn.get(name)
            node = before.node if before and _looks_like(before.thing, thing) else self._new(thing)
            if before is None or node is not before.node or (before.thing.pose != thing.pose).any():
                x, y, z, w = thing.pose[3:]
                node.position, node.wxyz = thing.pose[:3], (w, x, y, z)
            self._drawn[name] = _Drawn(thing, node)

    def _new(self, thing: Thing) -> viser.SceneNodeHandle:
        """Takes the place of the one of that name."""
        name, half, colour = f"{self._root}/{thing.name}", thing.half_extents, COLOURS[thing.kind]
        if thing.shape == "box":
            x, y, z = 2.0 * half
            return self._scene.add_box(name, colour, (x, y, z))
        if thing.shape == "cylinder":
            return self._scene.add_cylinder(name, float(half[0]), 2.0 * float(half[2]), colour)
        return self._scene.add_icosphere(name, float(half[0]), colour)


class _Drawn(NamedTuple):
    thing: Thing
    node: viser.SceneNodeHandle


def _looks_like(one: Thing, other: Thing) -> bool:
    """Whether two things are the same but for where they are."""
    same_size = np.array_equal(one.half_extents, other.half_extents)
    return same_size and (one.shape, one.kind) == (other.shape, other.kind)


class ShownCopy:
    """A simulated arm with its goal and things.

    Args:
        server, arm, shapes: see `ShownArm`.
        root: name of its frame.
        place: where its base stands (3,) [m].
    """

    def __init__(
        self,
        server: viser.ViserServer,
        arm: Arm,
        shapes: yourdfpy.URDF,
        root: str,
        place: Tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> None:
        server.scene.add_frame(root, show_axes=False, position=place)
        self._arm = ShownArm(server, arm, shapes, f"{root}/arm")
        self._goal = ShownGoal(server, f"{root}/goal")
        self._things = ShownThings(server.scene, f"{root}/things")

    def show(self, now: ArmCopy) -> None:
        """Moves everything."""
        self._arm.show(now.joint_position, now.opening)
        self._goal.show(now.goal, now.is_met)
        self._things.show(now.things)
