"""Small policy files, made without a trainer."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import (
    METADATA_KEY,
    MemorySpec,
    PolicyMetadata,
    SuccessCriterion,
    TensorSpec,
)
from rl_manip_description.contract.policy_origin import TrainingRecord


@pytest.fixture
def write_policy():
    """`write_policy(path, arm, /, gain, text, reads, opening, **changes)`, see `_write_policy`."""
    return _write_policy


# Inputs beside joints and goal: size, unit.
MORE_INPUTS = {
    "goal_orientation": (4, "1"),
    "gripper_opening": (1, "m"),
    "object_position": (3, "m"),
    "object_pose": (7, "m"),
}


def _metadata(arm: Arm, reads: Sequence[str], changes: dict) -> PolicyMetadata:
    n = arm.num_joints
    record = TrainingRecord("none", "none", 0, 0, "none", None, 0.0, "made by a test")
    base = PolicyMetadata(
        arm=arm.name,
        task="reach",
        joint_names=arm.joint_names,
        control_dt=0.04,
        base_frame=arm.base_frame,
        tool_frame=arm.tool_frame,
        inputs=(
            TensorSpec("joint_position", (1, n), "rad", None, (-3.0,) * n, (3.0,) * n),
            TensorSpec("joint_velocity", (1, n), "rad/s", None, (-1.5,) * n, (1.5,) * n),
            TensorSpec("goal_position", (1, 3), "m", arm.base_frame, None, None),
            *(
                TensorSpec(name, (1, MORE_INPUTS[name][0]), MORE_INPUTS[name][1], None, None, None)
                for name in reads
            ),
        ),
        outputs=(
            TensorSpec("joint_velocity_command", (1, n), "rad/s", None, None, None),
            *((TensorSpec("gripper_command", (1, 1), "m", None, None, None),) * bool(arm.gripper)),
        ),
        velocity_limit=(1.5,) * n,
        goal_region=arm.workspace.to_dict(),
        success=SuccessCriterion(),
        episode_s=4.0,
        randomization={},
        training=record,
        gripper=arm.gripper.name if arm.gripper else None,
    )
    new = {name: value(base) if callable(value) else value for name, value in changes.items()}
    return replace(base, **new)


def _write_policy(
    path,
    arm: Arm,
    /,
    gain: float = 1.0,
    text: str = "",
    reads: Sequence[str] = (),
    opening: float = 0.0,
    remembers: bool = False,
    **changes,
):
    """A policy that drives every joint to zero, with velocity -gain * position within limits.

    Args:
        text: metadata in place of the arm's; "none" writes no metadata.
        reads: inputs beside joints and goal. What is read of them only adds up: it changes nothing
            unless `opening` is negative, and then their sum is the opening asked for.
        opening: of the gripper that it asks for [m], where the arm carries one.
        remembers: adds 0.01 rad/s for each call before this one, which it counts.
        changes: fields of the metadata that differ: values, or functions of the metadata.
    """
    if remembers:
        memory = MemorySpec("memory", "next_memory", (1, 1), "the calls before this one")
        changes = {"memory": memory, "schema_version": 2, **changes}
    about = _metadata(arm, reads, changes)
    n = arm.num_joints
    tensors = [("joint_position", n), ("joint_velocity", n), ("goal_position", 3)]
    tensors += [(name, MORE_INPUTS[name][0]) for name in reads]
    constants = {"gain": -gain, "low": -1.5, "high": 1.5, "nothing": 0.0}
    constants.update(opening=max(opening, 0.0), share=float(opening < 0.0), none=0.0)
    nodes = [
        helper.make_node("Mul", ["joint_position", "gain"], ["wanted"]),
        helper.make_node("Mul", ["joint_velocity", "nothing"], ["still"]),
        helper.make_node("ReduceSum", ["goal_position"], ["goal"]),
        helper.make_node("Mul", ["goal", "nothing"], ["no_goal"]),
        helper.make_node("Clip", ["wanted", "low", "high"], ["clipped"]),
        helper.make_node("Add", ["clipped", "still"], ["added"]),
    ]
    known = "no_goal"
    if remembers:
        tensors.append(("memory", 1))
        constants.update({"a step": 0.01, "1": 1.0})
        nodes += [
            helper.make_node("Mul", ["memory", "a step"], ["counted"]),
            helper.make_node("Add", ["no_goal", "counted"], ["known"]),
            helper.make_node("Add", ["memory", "1"], ["next_memory"]),
        ]
        known = "known"
    nodes.append(helper.make_node("Add", ["added", known], ["joint_velocity_command"]))
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, m]) for name, m in tensors]
    outputs = [helper.make_tensor_value_info("joint_velocity_command", TensorProto.FLOAT, [1, n])]
    initializers = [
        numpy_helper.from_array(np.float32(value), name) for name, value in constants.items()
    ]
    if remembers:
        outputs.append(helper.make_tensor_value_info("next_memory", TensorProto.FLOAT, [1, 1]))
    if arm.gripper:
        sums = [helper.make_node("ReduceSum", [name], [f"sum of {name}"]) for name in reads]
        names = [node.output[0] for node in sums] or ["none"]
        nodes += [*sums, helper.make_node("Sum", names, ["sum"])]
        nodes.append(helper.make_node("Mul", ["sum", "share"], ["heard"]))
        nodes.append(helper.make_node("Add", ["heard", "opening"], ["wanted opening"]))
        nodes.append(helper.make_node("Reshape", ["wanted opening", "one"], ["gripper_command"]))
        initializers.append(numpy_helper.from_array(np.array([1, 1]), "one"))
        outputs.append(helper.make_tensor_value_info("gripper_command", TensorProto.FLOAT, [1, 1]))
    graph = helper.make_graph(nodes, "policy", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    if text != "none":
        entry = model.metadata_props.add()
        entry.key, entry.value = METADATA_KEY, text or about.to_json()
    onnx.save(model, str(path))
    return path
