"""What stands on the table beside the arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from rl_manip_description import Arm

OBJECT_SHAPES = ("box", "cylinder", "sphere")
"""Shapes that an object may have; ``PhysicsSample.object_shape`` is an index into this."""


class SceneError(ValueError):
    """A scene that cannot be simulated; the message says why."""


@dataclass(frozen=True)
class Scene:
    """One object, or none, whose shape, size, mass and friction differ between environments.

    Its frame is in its middle, a cylinder's axis along its z; it stands upright on the table.
    """

    object_shapes: Tuple[str, ...] = ()
    """Shapes that occur, each as often as the others, of ``OBJECT_SHAPES``; none for no object."""
    object_half_extent: float = 0.025
    """Half of the nominal object's width, depth and height [m]."""
    object_mass: float = 0.2
    """Mass of the nominal object [kg]."""
    object_friction: float = 0.8
    """Sliding friction coefficient of the nominal object on whatever touches it [1]."""

    def __post_init__(self) -> None:
        unknown = [shape for shape in self.object_shapes if shape not in OBJECT_SHAPES]
        if unknown or len(set(self.object_shapes)) < len(self.object_shapes):
            raise SceneError(
                f"object_shapes is {list(self.object_shapes)}, expected some of "
                f"{', '.join(OBJECT_SHAPES)}, each at most once"
            )
        for name in ("object_half_extent", "object_mass", "object_friction"):
            value = getattr(self, name)
            if not 0.0 < value < 100.0:  # written so that a NaN fails it
                raise SceneError(f"{name} is {value}, expected a positive number")

    @property
    def has_object(self) -> bool:
        """Whether anything stands on the table."""
        return bool(self.object_shapes)


def check_gripper(arm: Arm, scene: Scene) -> None:
    """SceneError for an object that no gripper can handle."""
    if scene.has_object and arm.gripper is None:
        raise SceneError(f"{arm.name} carries no gripper, expected one to handle an object with")


EMPTY = Scene()
"""A table with nothing on it."""
