"""What a policy file says about itself: the metadata entry `rl_manip` of an ONNX file."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Optional, Tuple

import numpy as np

from rl_manip_description.contract.hole_spec import HoleSpec
from rl_manip_description.contract.policy_origin import ImportRecord, TrainingRecord
from rl_manip_description.contract.strict_json import (
    ADDED_LATER,
    JsonShapeError,
    decode,
    parse_object,
)
from rl_manip_description.model.arm import Arm
from rl_manip_description.model.workspace import HalfShell

SCHEMA_VERSION = 2
VERSION_WITHOUT_MEMORY = 1  # what a file without memory says, so that earlier software reads it
METADATA_KEY = "rl_manip"

# Vectors with one element per joint of the arm.
PER_JOINT = ("joint_position", "joint_velocity", "joint_velocity_command")

# Lower than this is the middle of whatever stands on the table itself [m].
ON_TABLE = 0.04

# What a policy may read and say beside those:
#   goal_position (1, 3) [m] and goal_orientation (1, 4) xyzw, in the base frame
#   gripper_opening (1, 1) [m], distance of the fingers
#   object_pose (1, 7) position [m] and quaternion xyzw, or object_position (1, 3) [m], base frame
#   wrench (1, 6) force [N] and torque [N m] on the tool, in the tool frame
#   gripper_command (1, 1) [m], the opening that the policy wants


class PolicyContractError(ValueError):
    """A policy's metadata is broken, or does not fit the arm."""


@dataclass(frozen=True)
class TensorSpec:
    """One named input or output of the policy, float32."""

    name: str
    shape: Tuple[int, ...]
    """Sizes of all axes, the batch of 1 first."""
    unit: str
    """Unit of every element, such as "rad" or "m"."""
    frame: Optional[str]
    """Frame in which a position or pose is given; None where there is none."""
    low: Optional[Tuple[float, ...]]
    """Smallest value seen in training, per element of the last axis; None where not known."""
    high: Optional[Tuple[float, ...]]
    """Largest value seen in training, per element of the last axis; None where not known."""

    def __post_init__(self) -> None:
        _require(
            len(self.shape) >= 1 and all(size >= 1 for size in self.shape),
            f"{self.name!r} has shape {self.shape}, expected sizes of at least 1",
        )
        for bound in ("low", "high"):
            values = getattr(self, bound)
            if values is not None:
                _require(
                    len(values) == self.shape[-1] and all(map(math.isfinite, values)),
                    f"{self.name!r} has {bound} {values}, expected {self.shape[-1]} finite numbers",
                )

    def was_seen(self, value: np.ndarray) -> bool:
        """Whether every element lies in the range of training; True where that is not known.

        Args:
            value: (..., size of the last axis).
        """
        if self.low is None or self.high is None:
            return True
        return not bool(np.any(value < self.low) or np.any(value > self.high))


@dataclass(frozen=True)
class MemorySpec:
    """What a policy hands itself from one call to the next, float32.

    It is zeros at each new goal, after a stop, and wherever a call was left out.
    """

    input: str
    """Name among the graph's inputs."""
    output: str
    """Name among the graph's outputs; its value is the next call's input."""
    shape: Tuple[int, ...]
    """Sizes of all axes of both, the batch of 1 first."""
    what: str
    """What is remembered, in words."""

    def __post_init__(self) -> None:
        _require(
            len(self.shape) == 2 and self.shape[0] == 1 and self.shape[1] >= 1,
            f"{self.input!r} has shape {self.shape}, expected (1, w) with w of at least 1",
        )


@dataclass(frozen=True)
class SuccessCriterion:
    """When an episode counts as met, judged at its end."""

    distance_m: float = 0.02
    """Largest distance to the goal, of the tool or of the object where the task has one [m]."""
    speed_m_s: float = 0.05
    """Largest speed of the tool, or of the object where the task has one [m/s]."""
    angle_rad: Optional[float] = field(default=None, metadata=ADDED_LATER)
    """Largest angle of tool and goal [rad]; None where the goal has no orientation."""
    released: Optional[bool] = field(default=None, metadata=ADDED_LATER)
    """Whether the gripper must have let go of the object, or must still hold it; None where the
    task has no object."""


@dataclass(frozen=True)
class PolicyMetadata:
    """Everything that the robot's side must know of a policy."""

    arm: str
    """Name that `load_arm` takes."""
    task: str
    joint_names: Tuple[str, ...]
    """Order of every per-joint vector."""
    control_dt: float
    """Time between two calls of the policy [s]."""
    base_frame: str
    tool_frame: str
    inputs: Tuple[TensorSpec, ...]
    outputs: Tuple[TensorSpec, ...]
    velocity_limit: Tuple[float, ...]
    """Largest speed that the policy commands, per joint [rad/s]."""
    goal_region: Dict[str, Any]
    """Region of the goals seen in training, `HalfShell.to_dict()`."""
    success: SuccessCriterion
    episode_s: float
    """Length of a training episode [s]."""
    randomization: Dict[str, Any]
    """Randomisation trained with, as its YAML file holds it."""
    training: TrainingRecord
    schema_version: int = VERSION_WITHOUT_MEMORY
    gripper: Optional[str] = field(default=None, metadata=ADDED_LATER)
    """Gripper that the arm carries, a name that `load_arm` takes; None for none."""
    memory: Optional[MemorySpec] = field(default=None, metadata=ADDED_LATER)
    """What it remembers, since schema version 2; None for nothing."""
    imported: Optional[ImportRecord] = field(default=None, metadata=ADDED_LATER)
    """Where its network came from; None for one that was trained here."""
    action: Optional[str] = field(default=None, metadata=ADDED_LATER)
    """What its network's actions mean before the graph makes joint velocities of them: one of
    `ACTION_KINDS`, a kind of the spec of an import, or of a task of somebody else's; None where
    that was not recorded."""
    hole: Optional[HoleSpec] = field(default=None, metadata=ADDED_LATER)
    """The hole that its goals are; None for tasks without one."""

    def __post_init__(self) -> None:
        n = len(self.joint_names)
        _check_version(self.schema_version)
        _require(
            self.memory is None or self.schema_version == SCHEMA_VERSION,
            f"schema_version is {self.schema_version} and there is a memory, which is of version "
            f"{SCHEMA_VERSION}",
        )
        for key in ("control_dt", "episode_s"):
            value = getattr(self, key)
            _require(
                math.isfinite(value) and value > 0.0,
                f"{key} is {value} s, expected a positive duration",
            )
        _require(
            n > 0 and len(set(self.joint_names)) == n,
            f"joint_names is {list(self.joint_names)}, expected distinct names",
        )
        _require(
            len(self.velocity_limit) == n
            and all(math.isfinite(v) and v > 0.0 for v in self.velocity_limit),
            f"velocity_limit is {list(self.velocity_limit)} rad/s, "
            f"expected {n} positive numbers, one per joint",
        )
        names = [spec.name for spec in self.inputs + self.outputs]
        names += [] if self.memory is None else [self.memory.input, self.memory.output]
        _require(
            bool(self.inputs) and bool(self.outputs) and len(set(names)) == len(names),
            f"inputs and outputs are named {names}, expected at least one each, all distinct",
        )
        for spec in self.inputs + self.outputs:
            if spec.name in PER_JOINT:
                _require(
                    spec.shape == (1, n),
                    f"{spec.name!r} has shape {spec.shape}, expected (1, {n}), one per joint",
                )
        try:
            HalfShell.from_dict(self.goal_region)
        except ValueError as error:
            raise PolicyContractError(_sentence(f"goal_region: {error}")) from None

    @property
    def all_inputs(self) -> Dict[str, Tuple[int, ...]]:
        """Shapes by name of the graph's inputs, in order, a memory last."""
        memory = {} if self.memory is None else {self.memory.input: self.memory.shape}
        return {**{spec.name: spec.shape for spec in self.inputs}, **memory}

    @property
    def all_outputs(self) -> Dict[str, Tuple[int, ...]]:
        """Shapes by name of the graph's outputs, in order, a memory last."""
        memory = {} if self.memory is None else {self.memory.output: self.memory.shape}
        return {**{spec.name: spec.shape for spec in self.outputs}, **memory}

    @property
    def reads_object(self) -> bool:
        """Whether it must be told where an object is."""
        return any(spec.name.startswith("object_") for spec in self.inputs)

    @property
    def stacks(self) -> bool:
        """Whether goals are on top of something: objects are let go of that high over the table."""
        in_the_air = self.goal_region["min_height"] > ON_TABLE
        return self.reads_object and self.success.released is True and in_the_air

    @property
    def reads_wrench(self) -> bool:
        """Whether it must be told what the wrist feels."""
        return any(spec.name == "wrench" for spec in self.inputs)

    def to_json(self) -> str:
        """JSON text that keeps every bit of every number.

        It says nothing of an import or a hole that there is not, so that earlier software reads it.

        Raises:
            PolicyContractError: a value is not finite or is of no JSON type.
        """
        values = asdict(self)
        for name in ("imported", "hole"):
            if values[name] is None:
                del values[name]
        try:
            return json.dumps(values, allow_nan=False, sort_keys=True)
        except (TypeError, ValueError) as error:
            raise PolicyContractError(_sentence(f"it cannot be written as JSON: {error}")) from None

    @classmethod
    def from_json(cls, text: str) -> PolicyMetadata:
        """The metadata that `to_json` wrote.

        Raises:
            PolicyContractError: anything is missing, unknown, not finite, of another type or of
                another schema version.
        """
        try:
            values = parse_object(text)
            # Said first: another version's keys and types differ for a reason.
            _check_version(values.get("schema_version", SCHEMA_VERSION))
            return decode(cls, values)
        except JsonShapeError as error:
            raise PolicyContractError(_sentence(str(error))) from None

    def check_arm(self, arm: Arm) -> None:
        """Raise PolicyContractError, naming what differs, if the policy was not made for `arm`."""
        for what, mine, its in (
            ("arm", self.arm, arm.name),
            ("joint_names", list(self.joint_names), list(arm.joint_names)),
            ("base_frame", self.base_frame, arm.base_frame),
            ("gripper", self.gripper, arm.gripper.name if arm.gripper else None),
            ("tool_frame", self.tool_frame, arm.tool_frame),
        ):
            _require(mine == its, f"{what} is {mine!r}, but this arm has {its!r}", UNFIT)
        for name, wanted, most in zip(arm.joint_names, self.velocity_limit, arm.limits.velocity):
            _require(
                wanted <= most,
                f"velocity_limit of {name} is {wanted} rad/s, above this arm's {most} rad/s",
                UNFIT,
            )


BROKEN = "take the file again from where it was made, or export the policy again"
UNFIT = "give the arm that it was trained for, or train a policy for this one"


def _check_version(version: Any) -> None:
    known = (VERSION_WITHOUT_MEMORY, SCHEMA_VERSION)
    _require(
        version in known,
        f"schema_version is {version!r}, this software reads {' and '.join(map(str, known))}",
    )


def _sentence(problem: str, remedy: str = BROKEN) -> str:
    return f"policy metadata: {problem.rstrip('.')}; {remedy}."


def _require(condition: bool, problem: str, remedy: str = BROKEN) -> None:
    if not condition:
        raise PolicyContractError(_sentence(problem, remedy))
