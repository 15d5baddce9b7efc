"""Zones in the base frame that a person draws: the arm keeps in some and out of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Tuple

import numpy as np

from rl_manip_deploy.written import known_keys, numbers
from rl_manip_description.kinematics.link_shapes import BASE, Solids, solid
from rl_manip_description.kinematics.serial_chain import pose_of

KINDS = {
    "box": (("lower", "upper"), ("center", "size", "rpy")),
    "half_space": (("point", "normal"),),
}
# Arms reach no further, and no cell is larger [m].
_FURTHEST = 10.0


@dataclass(frozen=True)
class Zone:
    """A box, or all of space on one side of a plane, that something keeps in or out of."""

    name: str
    kind: str  # box or half_space
    keep: str  # in or out
    applies_to: str  # tool: its point only; all: every moving part, gripper and payload included
    pose: np.ndarray  # (4, 4) [m] of the box's centre; of a half-space, z points into it
    half: np.ndarray  # (3,) [m] half extents of the box; nothing of a half-space

    def planes(self) -> Tuple[Tuple[np.ndarray, float], ...]:
        """(unit normal, offset) with normal . x >= offset for what keeps right, but out of a box.

        One has to keep on the right side of all of them.
        """
        axes, origin = self.pose[:3, :3].T, self.pose[:3, 3]
        if self.kind == "half_space":
            normal = axes[2] if self.keep == "in" else -axes[2]
            return ((normal, float(normal @ origin)),)
        if self.keep == "out":
            return ()
        sides = [side * axis for axis in axes for side in (1.0, -1.0)]
        return tuple(
            (side, float(side @ origin - half))
            for side, half in zip(sides, np.repeat(self.half, 2))
        )

    def obstacle(self) -> Solids | None:
        """The box to keep out of, as a solid on the base; none of another zone."""
        if self.kind == "half_space" or self.keep == "in":
            return None
        return solid(BASE, "box", self.half, self.pose, self.name)


def zone_from(values: Mapping[str, Any]) -> Zone:
    """The zone that a mapping describes.

    `name`, `kind`: box or half_space, `keep`: in or out, `applies_to`: tool or all (that is what
    counts where it is left out); of a box `lower` and `upper`, or `center`, `size` and if need be
    `rpy`; of a half-space a `point` of its plane and the `normal` that points into it. Base frame,
    metres and radians.

    Raises:
        ValueError: a key is missing or unknown, or a value is none that it can have.
    """
    common = ("name", "kind", "keep")
    known_keys(
        values, common, ("applies_to", *(k for ways in KINDS.values() for w in ways for k in w))
    )
    kind = _choice("kind", values["kind"], KINDS)
    keep = _choice("keep", values["keep"], ("in", "out"))
    applies_to = _choice("applies_to", values.get("applies_to", "all"), ("tool", "all"))
    if not isinstance(values["name"], str) or not values["name"].strip():
        raise ValueError(f"name is {values['name']!r}: give a word.")
    ways = KINDS[kind]
    way = next((way for way in ways if way[0] in values), ways[0])
    known_keys(values, (*common, *way[:2]), ("applies_to", *way[2:]))
    pose, half = _half_space(values) if kind == "half_space" else _box(values)
    return Zone(values["name"], kind, keep, applies_to, pose, half)


def _box(values: Mapping[str, Any]) -> Tuple[np.ndarray, np.ndarray]:
    if "lower" in values:
        lower, upper = (np.array(_lengths(key, values[key])) for key in ("lower", "upper"))
        if not np.all(upper > lower):
            raise ValueError(
                f"the box is empty: upper {upper.tolist()} must lie above lower {lower.tolist()} "
                "along x, y and z."
            )
        return pose_of(0.5 * (lower + upper)), 0.5 * (upper - lower)
    size = np.array(_lengths("size", values["size"]))
    if not np.all(size > 0.0):
        raise ValueError(f"the box is empty: size is {size.tolist()}, give more than 0.")
    rpy = numbers("rpy", values.get("rpy", (0.0, 0.0, 0.0)), 3)
    return pose_of(_lengths("center", values["center"]), rpy), 0.5 * size


def _half_space(values: Mapping[str, Any]) -> Tuple[np.ndarray, np.ndarray]:
    normal = np.array(numbers("normal", values["normal"], 3))
    length = np.linalg.norm(normal)
    if length < 1e-6:
        raise ValueError(f"normal is {normal.tolist()}: give a direction.")
    z = normal / length
    x = np.cross(z, np.eye(3)[np.argmin(np.abs(z))])
    x = x / np.linalg.norm(x)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([x, np.cross(z, x), z], axis=1)
    pose[:3, 3] = _lengths("point", values["point"])
    return pose, np.zeros(3)


def _lengths(name: str, value: Any) -> Tuple[float, ...]:
    given = numbers(name, value, 3)
    if max(map(abs, given)) > _FURTHEST:
        raise ValueError(f"{name} is {list(given)} m: give no more than {_FURTHEST} m.")
    return given


def _choice(name: str, value: Any, choices: Iterable[str]) -> str:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}: choose one of {', '.join(choices)}.")
    return value
