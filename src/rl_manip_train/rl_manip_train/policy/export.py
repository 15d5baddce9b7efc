"""From a trained policy to the one file that the robot needs."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

import onnx
import torch
from torch import nn

from rl_manip_description import Arm
from rl_manip_description.contract.hole_spec import HoleSpec
from rl_manip_description.contract.policy_contract import (
    METADATA_KEY,
    SCHEMA_VERSION,
    VERSION_WITHOUT_MEMORY,
    MemorySpec,
    PolicyMetadata,
    TensorSpec,
)
from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_description.contract.whole_file import replacing
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.policy.policy_model import PolicyModel
from rl_manip_train.tasks.task import Task, action_kind

OPSET = 17
"""ONNX operator set: understood by every onnxruntime since 1.13."""

OUTPUT, GRIPPER_OUTPUT = "joint_velocity_command", "gripper_command"

# torch 1.13 (Isaac Gym's) knows only this exporter and not the argument that asks for it
TORCHSCRIPT: Dict[str, Any] = {} if torch.__version__ < "2" else {"dynamo": False}


def policy_metadata(
    task: Task,
    arm: Arm,
    inputs: Sequence[TensorSpec],
    randomization: RandomizationCfg,
    record: TrainingRecord,
    memory: Optional[MemorySpec] = None,
) -> PolicyMetadata:
    """What the policy file says about itself; ``inputs`` carry the range seen in training."""
    limit = tuple(task.velocity_limit.tolist())
    slowest = tuple(-value for value in limit)
    outputs = [TensorSpec(OUTPUT, (1, arm.num_joints), "rad/s", None, slowest, limit)]
    if arm.gripper is not None:
        widest = (arm.gripper.max_opening,)
        outputs.append(TensorSpec(GRIPPER_OUTPUT, (1, 1), "m", None, (0.0,), widest))
    return PolicyMetadata(
        arm=arm.name,
        task=task.name,
        joint_names=arm.joint_names,
        control_dt=task.control_dt,
        base_frame=arm.base_frame,
        tool_frame=arm.tool_frame,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        velocity_limit=limit,
        goal_region=task.goal_region.to_dict(),
        success=task.success_criterion,
        episode_s=task.episode_s,
        randomization=randomization.to_dict(),
        training=record,
        gripper=arm.gripper.name if arm.gripper else None,
        schema_version=VERSION_WITHOUT_MEMORY if memory is None else SCHEMA_VERSION,
        memory=memory,
        action=action_kind(task),
        hole=_hole(task),
    )


def _hole(task: Task) -> Optional[HoleSpec]:
    shapes = task.scene.hole_shapes
    return HoleSpec(shapes, PEG_LENGTH, HOLE_DEPTH) if shapes else None


def policy_graph(model: nn.Module, metadata: PolicyMetadata, opset: int = OPSET) -> onnx.ModelProto:
    """The ONNX graph of a model of raw inputs and a memory, in the order of the metadata."""
    inputs = metadata.all_inputs
    graph = io.BytesIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            tuple(map(torch.zeros, inputs.values())),
            graph,
            input_names=list(inputs),
            output_names=list(metadata.all_outputs),
            opset_version=opset,
            **TORCHSCRIPT,
        )
    return onnx.load_from_string(graph.getvalue())


def add_metadata(graph: onnx.ModelProto, metadata: PolicyMetadata) -> None:
    """Make a graph a policy file: fixed sizes of its outputs, and what it says of itself."""
    for output, shape in zip(graph.graph.output, metadata.all_outputs.values()):
        for axis, size in zip(output.type.tensor_type.shape.dim, shape):
            axis.dim_value = size  # the exporter loses track of some
    entry = graph.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, metadata.to_json()
    onnx.checker.check_model(graph)


def write_graph(graph: onnx.ModelProto, path: Path) -> None:
    """Write an ONNX file, whole or not at all."""
    with replacing(path) as temporary:
        onnx.save(graph, str(temporary))


def export_policy(model: PolicyModel, metadata: PolicyMetadata, path: Path) -> None:
    """Write ``model`` and ``metadata`` to the ONNX file ``path``, whole or not at all."""
    graph = policy_graph(model, metadata)
    add_metadata(graph, metadata)
    write_graph(graph, path)
