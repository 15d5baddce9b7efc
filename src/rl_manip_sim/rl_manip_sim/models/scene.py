"""What stands on the table beside the arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from rl_manip_description import Arm

OBJECT_SHAPES = ("box", "cylinder", "sphere")
"""Shapes that an object may have; ``PhysicsSample.object_shape`` is an index into this."""
HOLE_SHAPES = ("round", "square")
"""Shapes that a hole, and the peg for it, may have; ``PhysicsSample.hole_shape`` is an index."""


class SceneError(ValueError):
    """A scene that cannot be simulated; the message says why."""


@dataclass(frozen=True)
class Scene:
    """One object, or none, whose shape, size, mass and friction differ between environments.

    Its frame is in its middle, a cylinder's axis along its z; it stands upright on the table.
    Instead of an object there may be a fixed block with a hole: then the arm's flange carries a peg
    that fits, in the place of a gripper; see ``peg_model``. Beside an object there may be a
    support: a square block that stands free on the table, for the object to be stacked on.
    """

    object_shapes: Tuple[str, ...] = ()
    """Shapes that occur, each as often as the others, of ``OBJECT_SHAPES``; none for no object."""
    object_half_extent: float = 0.025
    """Half of the nominal object's width, depth and height [m]."""
    object_mass: float = 0.2
    """Mass of the nominal object [kg]."""
    object_friction: float = 0.8
    """Sliding friction coefficient of the nominal object on whatever touches it [1]."""
    hole_shapes: Tuple[str, ...] = ()
    """Shapes of holes that occur, each as often as the others, of ``HOLE_SHAPES``; none for no
    hole."""
    support: bool = False
    """Whether a support stands beside the object."""

    def __post_init__(self) -> None:
        for name, known in (("object_shapes", OBJECT_SHAPES), ("hole_shapes", HOLE_SHAPES)):
            shapes = getattr(self, name)
            if not set(shapes) <= set(known) or len(set(shapes)) < len(shapes):
                raise SceneError(
                    f"{name} is {list(shapes)}, expected some of {', '.join(known)}, each at most "
                    "once"
                )
        if self.object_shapes and self.hole_shapes:
            raise SceneError("there are an object and a hole, expected one of both at most")
        if self.support and not self.object_shapes:
            raise SceneError("there is a support, expected an object to be stacked on it, too")
        for name in ("object_half_extent", "object_mass", "object_friction"):
            value = getattr(self, name)
            if not 0.0 < value < 100.0:  # written so that a NaN fails it
                raise SceneError(f"{name} is {value}, expected a positive number")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that an episode begins with: neither object nor hole."""
        return not (self.has_object or self.has_hole)

    @property
    def has_object(self) -> bool:
        """Whether anything stands on the table."""
        return bool(self.object_shapes)

    @property
    def has_hole(self) -> bool:
        """Whether there is a block with a hole, and a peg on the arm's flange."""
        return bool(self.hole_shapes)


def check_gripper(arm: Arm, scene: Scene) -> None:
    """SceneError for an object that no gripper can handle, and for a gripper and a peg at once."""
    if scene.has_object and arm.gripper is None:
        raise SceneError(f"{arm.name} carries no gripper, expected one to handle an object with")
    if scene.has_hole and arm.gripper is not None:
        raise SceneError(
            f"{arm.name} carries {arm.gripper.name}, expected no gripper where the peg is mounted"
        )


EMPTY = Scene()
"""A table with nothing on it."""
