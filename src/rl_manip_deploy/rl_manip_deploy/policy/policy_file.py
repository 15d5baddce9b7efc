"""A policy file: the ONNX graph with its metadata, checked against the arm before it is used."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import onnxruntime

from rl_manip_deploy.policy.policy_inputs import input_sizes
from rl_manip_description import Arm, load_arm
from rl_manip_description.contract.onnx_session import (
    OnnxFileError,
    keeps_weights_elsewhere,
    open_session,
    read_policy_file,
)
from rl_manip_description.contract.policy_contract import (
    METADATA_KEY,
    PolicyMetadata,
    TensorSpec,
)
from rl_manip_description.paths import path_of

OUTPUT, GRIPPER_OUTPUT = "joint_velocity_command", "gripper_command"


class PolicyFileError(ValueError):
    """A file that is no policy, or a policy that does not fit the arm."""


class Command(NamedTuple):
    """What a policy wants."""

    joint_velocity: np.ndarray  # (n,) [rad/s]
    gripper_opening: Optional[float] = None  # [m]; None where it says nothing of a gripper
    memory: Optional[np.ndarray] = None  # (w,) for its next call; None where it has none


class Policy:
    """A policy ready to run, one thread; whoever calls it keeps its memory, if it has one."""

    def __init__(
        self, metadata: PolicyMetadata, session: onnxruntime.InferenceSession, arm: Arm
    ) -> None:
        self.metadata = metadata
        self.session = session
        self.arm = arm
        """The arm that it is for, with the gripper that it is for."""
        self._outputs = list(metadata.all_outputs)
        # filled anew in each call; the session reads them in place
        self._feed = {
            name: np.zeros(shape, dtype=np.float32) for name, shape in metadata.all_inputs.items()
        }

    @property
    def reads_object(self) -> bool:
        """Whether it must be told where an object is."""
        return self.metadata.reads_object

    def act(self, values: Mapping[str, np.ndarray], memory: Optional[np.ndarray] = None) -> Command:
        """The policy's command.

        Args:
            values: every input that the metadata names, in its unit and frame; more do no harm.
            memory: what the command of the control step before said of it; None where a goal
                begins, after a stop, and for a policy without memory.

        Raises:
            PolicyFileError: the result is not finite.
        """
        remembers = self.metadata.memory
        if remembers is not None:
            known = np.zeros(remembers.shape[-1]) if memory is None else memory
            values = {**values, remembers.input: known}
        for name, tensor in self._feed.items():
            tensor[0] = values[name]
        answers = self.session.run(self._outputs, self._feed)
        answer = dict(zip(self._outputs, answers))
        if not all(np.isfinite(tensor).all() for tensor in answers):
            given = {name: np.asarray(values[name]).tolist() for name in self._feed}
            said = {name: tensor[0].tolist() for name, tensor in answer.items()}
            raise PolicyFileError(f"the policy returned {said} for {given}: train it again.")
        opening = answer.get(GRIPPER_OUTPUT)
        return Command(
            answer[OUTPUT][0].astype(float),
            None if opening is None else float(opening[0, 0]),
            None if remembers is None else answer[remembers.output][0],
        )

    def example(self) -> Dict[str, np.ndarray]:
        """Values of every input to try it with: the arm rests at home, all else is in its place."""
        center = np.asarray(self.metadata.goal_region["center"])
        return {
            "joint_position": self.arm.home,
            "joint_velocity": np.zeros(self.arm.num_joints),
            "gripper_opening": np.zeros(1),
            "goal_position": center,
            "goal_orientation": np.array([0.0, 0.0, 0.0, 1.0]),
            "object_position": center,
            "object_pose": np.array([*center, 0.0, 0.0, 0.0, 1.0]),
            "wrench": np.zeros(6),
        }


def load_policy(
    path: Union[str, Path],
    arm: Optional[Arm] = None,
    control_dt: Optional[float] = None,
    sha256: str = "",
) -> Policy:
    """Reads a policy file and checks it.

    Args:
        path: the ONNX file.
        arm: the arm that it must have been trained for; which gripper it carries is the policy's
            to say. None takes the arm that the policy names.
        control_dt: time between two calls [s] that it must have been trained with.
        sha256: digest that the file must have; not checked where empty.

    Raises:
        PolicyFileError: the file is missing, broken, without metadata, not what its metadata says,
            or does not fit arm, rate or digest. One sentence says which.
    """
    path = path_of(path)
    try:
        content = read_policy_file(path)
        _check_digest(path, content, sha256)
        session = open_session(path, content)
    except OnnxFileError as error:
        raise PolicyFileError(str(error)) from None
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise PolicyFileError(
            f"{path} has no {METADATA_KEY!r} metadata, so nothing says which arm it is for: "
            "export it with ros2 run rl_manip_train export. Another project's policy "
            f"({_tensors(session)}) becomes one with ros2 run rl_manip_train import_policy, or "
            "runs in a node of your own that publishes /policy/command: launch with policy:=none."
        )
    try:
        metadata = PolicyMetadata.from_json(text)
        arm = load_arm(metadata.arm if arm is None else arm.name, metadata.gripper)
        metadata.check_arm(arm)
    except ValueError as error:
        raise PolicyFileError(f"{path}: {error}") from None
    if control_dt is not None and not math.isclose(metadata.control_dt, control_dt, rel_tol=1e-6):
        raise PolicyFileError(
            f"{path} was trained to act every {metadata.control_dt} s, expected {control_dt} s: "
            "give that control_dt, or a policy trained for this rate."
        )
    sizes = {OUTPUT: arm.num_joints, **({GRIPPER_OUTPUT: 1} if arm.gripper else {})}
    for kind, specs, shapes, found, served in (
        ("input", metadata.inputs, metadata.all_inputs, session.get_inputs(), input_sizes(arm)),
        ("output", metadata.outputs, metadata.all_outputs, session.get_outputs(), sizes),
    ):
        _check_served(path, kind, specs, served)
        _check_tensors(path, kind, shapes, found)
    policy = Policy(metadata, session, arm)
    _dry_run(path, policy)
    return policy


def _tensors(session: onnxruntime.InferenceSession) -> str:
    """Inputs and outputs in words, as `obs [1, 45] -> actions [1, 6]`."""
    sides = (session.get_inputs(), session.get_outputs())
    return " -> ".join(", ".join(f"{node.name} {node.shape}" for node in side) for side in sides)


def _check_digest(path: Path, content: bytes, sha256: str) -> None:
    digest = hashlib.sha256(content).hexdigest()
    if sha256 and digest != sha256.lower():
        raise PolicyFileError(f"{path} has SHA-256 {digest}, expected {sha256}: another file.")
    if sha256 and keeps_weights_elsewhere(content):
        raise PolicyFileError(
            f"{path} keeps its weights in another file, which no digest of {path.name} covers: "
            "export it as one file."
        )


def _check_served(
    path: Path, kind: str, specs: Sequence[TensorSpec], sizes: Mapping[str, int]
) -> None:
    """Every tensor but a memory is known, and of the size that it is served with."""
    said = {spec.name: list(spec.shape) for spec in specs}
    for name, shape in said.items():
        if shape != [1, sizes.get(name)]:
            served = ", ".join(f"{known} [1, {size}]" for known, size in sizes.items())
            raise PolicyFileError(
                f"{path} has the {kind} {name} {shape}, but the {kind}s of this arm are {served}: "
                "give a policy of another task, or of an arm with a gripper if it needs one."
            )
    if kind == "output" and OUTPUT not in said:
        raise PolicyFileError(f"{path} has the outputs {sorted(said)}, but no {OUTPUT}.")


def _check_tensors(
    path: Path, kind: str, shapes: Mapping[str, Tuple[int, ...]], found: Sequence[Any]
) -> None:
    """The graph has what the metadata says."""
    said = {name: list(shape) for name, shape in shapes.items()}
    real = {node.name: list(node.shape) for node in found}
    if said != real or any(node.type != "tensor(float)" for node in found):
        has = {node.name: (node.type, node.shape) for node in found}
        raise PolicyFileError(
            f"{path}: its metadata says {kind}s {said} float32, it has {has}: export it again."
        )


def _dry_run(path: Path, policy: Policy) -> None:
    n = len(policy.metadata.joint_names)
    try:
        velocity = policy.act(policy.example()).joint_velocity
    except Exception as error:  # shapes inside the graph show only when it runs
        raise PolicyFileError(f"{path} does not run: {error}") from None
    if velocity.shape != (n,):
        raise PolicyFileError(f"{path} returns {velocity.shape} velocities, expected ({n},).")
    if np.any(np.abs(velocity) > 1.001 * np.asarray(policy.metadata.velocity_limit)):
        raise PolicyFileError(
            f"{path} commands {velocity.tolist()} rad/s, above the velocity limit "
            f"{list(policy.metadata.velocity_limit)} rad/s that it states."
        )
