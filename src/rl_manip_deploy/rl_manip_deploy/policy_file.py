"""A policy file: the ONNX graph with its metadata, checked against the arm before it is used."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Optional, Sequence, Union

import numpy as np
import onnxruntime

from rl_manip_description import Arm
from rl_manip_description.policy_contract import (
    METADATA_KEY,
    PolicyContractError,
    PolicyMetadata,
    TensorSpec,
)

INPUTS = ("joint_position", "joint_velocity", "goal_position")
OUTPUT = "joint_velocity_command"


class PolicyFileError(ValueError):
    """A file that is no policy, or a policy that does not fit the arm."""


class Policy:
    """A policy ready to run, one thread, no memory between calls."""

    def __init__(self, metadata: PolicyMetadata, session: onnxruntime.InferenceSession) -> None:
        self.metadata = metadata
        self.session = session
        # filled anew in each call; the session reads them in place
        self._feed = {s.name: np.zeros(s.shape, dtype=np.float32) for s in metadata.inputs}

    def act(self, joint_position, joint_velocity, goal_position) -> np.ndarray:
        """The policy's command.

        Args:
            joint_position: (n,) [rad], in the order of `metadata.joint_names`.
            joint_velocity: (n,) [rad/s].
            goal_position: (3,) [m], in the base frame.

        Returns:
            Joint velocities, float64 (n,) [rad/s].

        Raises:
            PolicyFileError: the result is not finite.
        """
        self._feed["joint_position"][0] = joint_position
        self._feed["joint_velocity"][0] = joint_velocity
        self._feed["goal_position"][0] = goal_position
        command = self.session.run([OUTPUT], self._feed)[0][0].astype(float)
        if not np.all(np.isfinite(command)):
            raise PolicyFileError(
                f"the policy returned {command.tolist()} for joint_position "
                f"{np.asarray(joint_position).tolist()}: train it again."
            )
        return command


def load_policy(
    path: Union[str, Path],
    arm: Optional[Arm] = None,
    control_dt: Optional[float] = None,
    sha256: str = "",
) -> Policy:
    """Reads a policy file and checks it.

    Args:
        path: the ONNX file.
        arm: the arm that it must have been trained for.
        control_dt: time between two calls [s] that it must have been trained with.
        sha256: digest that the file must have; not checked where empty.

    Raises:
        PolicyFileError: the file is missing, broken, without metadata, not what its metadata says,
            or does not fit arm, rate or digest. One sentence says which.
    """
    path = Path(path)
    content = _read(path, sha256)
    session = _open_session(path, content)
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise PolicyFileError(
            f"{path} has no {METADATA_KEY!r} metadata, so nothing says which arm it is for: "
            "export it with ros2 run rl_manip_train export."
        )
    try:
        metadata = PolicyMetadata.from_json(text)
        if arm is not None:
            metadata.check_arm(arm)
    except PolicyContractError as error:
        raise PolicyFileError(f"{path}: {error}") from None
    if control_dt is not None and not math.isclose(metadata.control_dt, control_dt, rel_tol=1e-6):
        raise PolicyFileError(
            f"{path} was trained to act every {metadata.control_dt} s, expected {control_dt} s: "
            "give that control_dt, or a policy trained for this rate."
        )
    _check_tensors(path, "input", metadata.inputs, session.get_inputs(), INPUTS)
    _check_tensors(path, "output", metadata.outputs, session.get_outputs(), (OUTPUT,))
    policy = Policy(metadata, session)
    _dry_run(path, policy, arm)
    return policy


def _read(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyFileError(
            f"policy file {path} cannot be read ({error.strerror}): give the path of a policy.onnx."
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    if sha256 and digest != sha256.lower():
        raise PolicyFileError(f"{path} has SHA-256 {digest}, expected {sha256}: another file.")
    return content


def _open_session(path: Path, content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # a second thread only burns processor time on networks of this size
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # onnxruntime 1.32 computes J @ J.T of a transposed J wrongly at the levels above
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    # onnxruntime raises classes of its own, all of them plain Exceptions
    except Exception:
        raise PolicyFileError(
            f"{path} ({len(content)} bytes) is no complete ONNX file: copy or export it again."
        ) from None


def _check_tensors(
    path: Path, kind: str, specs: Sequence[TensorSpec], found: Sequence, names: Sequence[str]
) -> None:
    said = {spec.name: list(spec.shape) for spec in specs}
    real = {node.name: list(node.shape) for node in found}
    if sorted(said) != sorted(names):
        raise PolicyFileError(
            f"{path} names its {kind}s {sorted(said)}, this node serves {sorted(names)}."
        )
    if said != real or any(node.type != "tensor(float)" for node in found):
        real = {node.name: (node.type, node.shape) for node in found}
        raise PolicyFileError(f"{path}: its metadata says {kind}s {said} float32, it has {real}.")


def _dry_run(path: Path, policy: Policy, arm: Optional[Arm]) -> None:
    n = len(policy.metadata.joint_names)
    position = np.zeros(n) if arm is None else arm.home
    try:
        command = policy.act(position, np.zeros(n), policy.metadata.goal_region["center"])
    except Exception as error:  # shapes inside the graph show only when it runs
        raise PolicyFileError(f"{path} does not run: {error}") from None
    if command.shape != (n,):
        raise PolicyFileError(f"{path} returns {command.shape} velocities, expected ({n},).")
    if np.any(np.abs(command) > 1.001 * np.asarray(policy.metadata.velocity_limit)):
        raise PolicyFileError(
            f"{path} commands {command.tolist()} rad/s, above the velocity limit "
            f"{list(policy.metadata.velocity_limit)} rad/s that it states."
        )
