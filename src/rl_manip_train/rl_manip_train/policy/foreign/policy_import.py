"""From a network's file and its spec to a policy file of ours, held against the network itself."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, Optional, Tuple

import numpy as np
import onnx
import torch

from rl_manip_description import Arm
from rl_manip_description.contract.onnx_session import open_session
from rl_manip_description.contract.policy_contract import PolicyMetadata, TensorSpec
from rl_manip_description.contract.policy_origin import ImportRecord, TrainingRecord
from rl_manip_sim.randomization.randomization_cfg import load_randomization
from rl_manip_train.policy.evaluation import paced
from rl_manip_train.policy.export import add_metadata, policy_graph, policy_metadata
from rl_manip_train.policy.foreign.fit import check_gripper, check_task
from rl_manip_train.policy.foreign.imported_policy import ImportedPolicy
from rl_manip_train.policy.foreign.leapp.bundle_file import is_bundle, read_bundle
from rl_manip_train.policy.foreign.leapp.bundle_graph import read_bundle_network
from rl_manip_train.policy.foreign.leapp.bundle_spec import completion
from rl_manip_train.policy.foreign.network.graph_file import ForeignNetworkError
from rl_manip_train.policy.foreign.network.network_file import NetworkFile, read_network
from rl_manip_train.policy.foreign.network.spliced_network import splice
from rl_manip_train.policy.foreign.normalizer import read_normalizer
from rl_manip_train.policy.foreign.spec.foreign_spec import ForeignSpec
from rl_manip_train.policy.foreign.spec.read_spec import read_spec
from rl_manip_train.policy.onnx_policy import OnnxPolicy, PolicyFileError
from rl_manip_train.tasks import task_class
from rl_manip_train.tasks.task import Task

TRIALS = 50
TOLERANCE = 1e-3
"""Between the file and the network with what is around it [rad/s]; at poses where the tool's motion
asks much of the joints, single precision alone makes 1e-4 of it."""


class Imported(NamedTuple):
    """What was made of a network."""

    graph: onnx.ModelProto  # without metadata
    metadata: PolicyMetadata
    policy: OnnxPolicy  # the same, ready to run
    notes: Tuple[str, ...] = ()  # what to tell the person who imports it

    def judged(self, success_rate: Optional[float]) -> Tuple[onnx.ModelProto, PolicyMetadata]:
        """The policy file with what became of it in simulation; None where it was not asked."""
        record = replace(self.metadata.training, success_rate=success_rate)
        metadata = replace(self.metadata, training=record)
        graph = onnx.ModelProto.FromString(self.graph.SerializeToString())
        add_metadata(graph, metadata)
        return graph, metadata


def import_network(path: Path, spec_path: Path, command: str, revision: str) -> Imported:
    """A network with its spec as a policy.

    Args:
      path: ONNX or TorchScript file, or a LEAPP bundle: its folder or its YAML file.
      spec_path: YAML file.
      command: that imports it again.
      revision: of this software.

    Raises:
      SpecError, ForeignNetworkError: one that cannot be used, or both do not fit.
      ValueError: an arm, task or randomisation that cannot be used.
    """
    spec, task, network, (file, digest) = _read(path, spec_path)
    normalizer = read_normalizer(spec.normalizer, spec.inputs[0].width, spec_path.parent)
    policy = ImportedPolicy(spec, task, network, normalizer)
    metadata = policy_metadata(
        task,
        spec.arm,
        known_inputs(spec, task),
        load_randomization(spec.randomization),
        TrainingRecord(
            f"imported from {spec.source}", "elsewhere", 0, 0, revision, None, 0.0, command
        ),
        policy.memory,
    )
    origin = ImportRecord(spec.source, file, digest, spec.text)
    metadata = replace(metadata, imported=origin, action=spec.action.kind)
    graph = policy_graph(policy, metadata, network.opset)
    declare_inputs(graph, metadata)
    splice(graph, network)
    # whether it is a valid graph, and what it computes, is known before anything is written
    whole = onnx.ModelProto.FromString(graph.SerializeToString())
    add_metadata(whole, metadata)
    made = OnnxPolicy(metadata, open_session(path, whole.SerializeToString()))
    check_answers(policy, made, spec.arm, path)
    return Imported(graph, metadata, made, spec.notes)


def _read(path: Path, spec_path: Path) -> Tuple[ForeignSpec, Task, NetworkFile, Tuple[str, str]]:
    """The spec, its task, the network, and name and digest of its file or bundle."""
    if is_bundle(path):
        bundle = read_bundle(path)
        spec = read_spec(spec_path, completion(bundle))
        task, network = task_of(spec), read_bundle_network(bundle, spec)
        return spec, task, network, (bundle.name, bundle.sha256)
    spec = read_spec(spec_path)
    task, network = task_of(spec), read_network(path, spec)
    return spec, task, network, (path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def task_of(spec: ForeignSpec) -> Task:
    """The task that the network is to do, at its own rate and within its limits."""
    kind = task_class(spec.task)
    check_gripper(spec, kind.gripper)
    task = paced(kind(spec.arm, 1, np.random.default_rng(0)), spec.control_dt)
    check_task(spec, task)
    if spec.velocity_limit is not None:
        task.velocity_limit = torch.tensor(spec.velocity_limit, dtype=torch.float32)
    return task


def known_inputs(spec: ForeignSpec, task: Task) -> Tuple[TensorSpec, ...]:
    """The task's inputs, with the range of the joints where the spec says it."""
    if spec.joint_range is None:
        return task.input_specs
    low, high = (tuple(bound.tolist()) for bound in spec.joint_range)
    return tuple(
        replace(one, low=low, high=high) if one.name == "joint_position" else one
        for one in task.input_specs
    )


def declare_inputs(graph: onnx.ModelProto, metadata: PolicyMetadata) -> None:
    """Give the graph every input of the task: the exporter drops those that no slice reads."""
    kinds = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in metadata.all_inputs.items()
    ]
    del graph.graph.input[:]
    graph.graph.input.extend(kinds)


def check_answers(policy: ImportedPolicy, made: OnnxPolicy, arm: Arm, path: Path) -> None:
    """Hold the file against the network at random states, in a row where it remembers.

    Raises:
      ForeignNetworkError: something is not finite, or they differ.
    """
    rng = np.random.default_rng(0)
    lower, upper = arm.limits.one_turn
    turns = rng.normal(size=(TRIALS, 4))
    values = {
        "joint_position": rng.uniform(lower, upper, (TRIALS, arm.num_joints)),
        "joint_velocity": rng.uniform(-1.0, 1.0, (TRIALS, arm.num_joints))
        * np.asarray(made.metadata.velocity_limit),
        "goal_position": arm.workspace.sample(TRIALS, rng),
        "goal_orientation": turns / np.linalg.norm(turns, axis=1, keepdims=True),
    }
    memory = np.zeros((1, policy.memory_width), np.float32)
    for row in range(TRIALS):
        given = [values[one.name][row : row + 1].astype(np.float32) for one in made.metadata.inputs]
        given += [memory] if policy.memory_width else []
        try:
            answers = made.commands(*given)
        except PolicyFileError:
            shown = {one.name: value[0].tolist() for one, value in zip(made.metadata.inputs, given)}
            raise ForeignNetworkError(
                f"{path} gives no finite figures for {shown}; export a network whose weights and "
                "normaliser are finite"
            ) from None
        expected = policy(*map(torch.from_numpy, given))
        apart = max(float(np.abs(a - b.numpy()).max()) for a, b in zip(answers, expected))
        if apart > TOLERANCE * max(1.0, *(float(np.abs(a).max()) for a in answers)):
            raise ForeignNetworkError(
                f"{path} does not compute in the policy what it computes alone, by {apart:.2g}; "
                "export it for opset 17"
            )
        memory = answers[-1] if policy.memory_width else memory
