import dataclasses
import json
import math

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import (
    METADATA_KEY,
    SCHEMA_VERSION,
    MemorySpec,
    PolicyContractError,
    PolicyMetadata,
    SuccessCriterion,
    TensorSpec,
)
from rl_manip_description.contract.policy_origin import TrainingRecord

ARM = load_arm("ur5e")


def metadata(**changes):
    """What a UR5e reach policy says, with some fields replaced."""
    fields = {
        "arm": "ur5e",
        "task": "reach",
        "joint_names": ARM.joint_names,
        "control_dt": 0.04,
        "base_frame": "base_link",
        "tool_frame": "tool0",
        "inputs": (
            TensorSpec("joint_position", (1, 6), "rad", None, (-math.pi,) * 6, (math.pi,) * 6),
            TensorSpec("joint_velocity", (1, 6), "rad/s", None, None, None),
            TensorSpec("goal_position", (1, 3), "m", "base_link", (-0.1, 1 / 3, 0.0), (1.0,) * 3),
        ),
        "outputs": (TensorSpec("joint_velocity_command", (1, 6), "rad/s", None, None, None),),
        "velocity_limit": (1.5,) * 6,
        "goal_region": ARM.workspace.to_dict(),
        "success": SuccessCriterion(),
        "episode_s": 4.0,
        "randomization": {"mass_scale": [0.9, 1.1], "action_delay_s": {"high": 0.02}},
        "training": TrainingRecord(
            algorithm="ppo",
            backend="mujoco",
            env_steps=2_000_000,
            seed=0,
            git_revision="0123abc",
            success_rate=0.1 + 0.2,
            wall_s=61.25,
            command="ros2 run rl_manip_train train",
        ),
    }
    return PolicyMetadata(**{**fields, **changes})


def changed_json(change):
    """The metadata's JSON after `change(values)` has altered the parsed values."""
    values = json.loads(metadata().to_json())
    change(values)
    return json.dumps(values)


def test_round_trip_keeps_every_bit():
    original = metadata()
    again = PolicyMetadata.from_json(original.to_json())
    assert again == original
    assert again.training.success_rate == 0.30000000000000004
    assert again.inputs[0].low[0] == -math.pi
    assert (METADATA_KEY, SCHEMA_VERSION, again.schema_version) == ("rl_manip", 2, 1)


def test_a_memory_is_of_version_2_and_stands_last_among_the_graphs_inputs():
    memory = MemorySpec("memory", "next_memory", (1, 8), "a GRU of 2, and the action before")
    original = metadata(memory=memory, schema_version=2)
    assert PolicyMetadata.from_json(original.to_json()) == original
    assert list(original.all_inputs.items())[-1] == ("memory", (1, 8))
    assert list(original.all_outputs.items())[-1] == ("next_memory", (1, 8))
    assert "memory" not in metadata().all_inputs


def test_a_file_of_before_memories_reads_as_one_without():
    original = metadata()
    text = changed_json(lambda values: values.pop("memory"))
    assert PolicyMetadata.from_json(text) == original


def test_what_actions_mean_is_recorded_and_unknown_of_a_file_of_before():
    original = metadata(action="tool_twist")
    assert PolicyMetadata.from_json(original.to_json()).action == "tool_twist"
    text = changed_json(lambda values: values.pop("action"))
    assert PolicyMetadata.from_json(text) == metadata()
    assert metadata().action is None


@pytest.mark.parametrize(
    ("memory", "version", "message"),
    [
        (MemorySpec("memory", "next_memory", (1, 8), ""), 1, "there is a memory, .* of version 2"),
        (MemorySpec("joint_position", "next_memory", (1, 8), ""), 2, "all distinct"),
    ],
)
def test_a_memory_that_does_not_fit_is_refused(memory, version, message):
    with pytest.raises(PolicyContractError, match=message):
        metadata(memory=memory, schema_version=version)


@pytest.mark.parametrize("shape", [(8,), (2, 8), (1, 0)])
def test_a_memory_is_one_row(shape):
    with pytest.raises(PolicyContractError, match=r"expected \(1, w\)"):
        MemorySpec("memory", "next_memory", shape, "")


def test_success_is_two_centimetres_and_five_per_second():
    assert SuccessCriterion() == SuccessCriterion(distance_m=0.02, speed_m_s=0.05)


def test_a_policy_that_was_not_evaluated_has_no_success_rate():
    record = dataclasses.replace(metadata().training, success_rate=None)
    original = metadata(training=record)
    assert PolicyMetadata.from_json(original.to_json()) == original


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.pop("control_dt"), "key 'control_dt' is missing"),
        (lambda v: v["training"].pop("seed"), "key 'training.seed' is missing"),
        (lambda v: v["inputs"][1].pop("unit"), r"key 'inputs\[1\].unit' is missing"),
        (lambda v: v.update(colour="red"), "key 'colour' is unknown"),
        (lambda v: v.update(arm=5), "'arm' is 5, expected a text"),
        (lambda v: v.update(control_dt="0.04"), "'control_dt' is '0.04', expected a finite number"),
        (lambda v: v.update(control_dt=True), "'control_dt' is True, expected a finite number"),
        (lambda v: v.update(joint_names="elbow"), "'joint_names' is 'elbow', expected a list"),
        (lambda v: v["training"].update(seed=1.5), "'training.seed' is 1.5, expected a whole"),
        (lambda v: v["inputs"][0].update(shape=[1, 6.0]), r"'inputs\[0\].shape\[1\]' is 6.0"),
        (lambda v: v.update(randomization=[]), r"'randomization' is \[\], expected an object"),
        (lambda v: v.update(schema_version=3), "schema_version is 3, this software reads 1 and 2"),
        (lambda v: v.update(schema_version="1"), "schema_version is '1', this software reads 1"),
        (lambda v: v.update(control_dt=-0.04), "control_dt is -0.04 s, expected a positive"),
        (lambda v: v.update(episode_s=0), "episode_s is 0.0 s, expected a positive"),
        (lambda v: v.update(velocity_limit=[1.5] * 5), "velocity_limit is .*expected 6 positive"),
        (lambda v: v["velocity_limit"].__setitem__(2, 0.0), "velocity_limit is .*6 positive"),
        (lambda v: v.update(joint_names=["a"] * 6), "joint_names is .*expected distinct names"),
        (lambda v: v.update(outputs=[]), "expected at least one each"),
        (
            lambda v: v["inputs"][0].update(shape=[1, 7], low=None, high=None),
            r"\(1, 7\), expected \(1, 6\)",
        ),
        (lambda v: v["inputs"][2].update(low=[0.0]), "'goal_position' has low .*3 finite numbers"),
        (lambda v: v["inputs"][2].update(shape=[1, 0]), "sizes of at least 1"),
        (lambda v: v["goal_region"].pop("center"), "goal_region: .* must have the keys"),
    ],
)
def test_wrong_metadata_is_refused_by_one_sentence(change, message):
    with pytest.raises(PolicyContractError, match=message) as refusal:
        PolicyMetadata.from_json(changed_json(change))
    text = str(refusal.value)
    assert text.startswith("policy metadata: ")
    assert text.endswith("export the policy again.")
    assert "\n" not in text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("key", ['"control_dt": 0.04', '"seed": 0', '"high": 0.02'])
def test_numbers_that_are_not_finite_are_refused(number, key):
    text = metadata().to_json()
    assert key in text
    broken = text.replace(key, key.split(":")[0] + ": " + number)
    with pytest.raises(PolicyContractError, match="finite|whole number"):
        PolicyMetadata.from_json(broken)


def test_every_truncation_is_refused():
    text = metadata().to_json()
    for length in range(len(text)):
        with pytest.raises(PolicyContractError, match="broken or truncated"):
            PolicyMetadata.from_json(text[:length])


@pytest.mark.parametrize("text", ["[]", "5", '"rl_manip"', "null"])
def test_json_that_is_no_object_is_refused(text):
    with pytest.raises(PolicyContractError, match="expected a JSON object"):
        PolicyMetadata.from_json(text)


def test_a_key_that_is_there_twice_is_refused():
    text = metadata().to_json().replace('"arm": "ur5e"', '"arm": "ur5e", "arm": "ur10e"')
    with pytest.raises(PolicyContractError, match="key 'arm' is there twice"):
        PolicyMetadata.from_json(text)


def test_what_json_cannot_hold_is_refused_before_it_is_written():
    with pytest.raises(PolicyContractError, match="cannot be written"):
        metadata(randomization={"mass_scale": math.nan}).to_json()
    with pytest.raises(PolicyContractError, match="cannot be written"):
        metadata(randomization={"mass_scale": object()}).to_json()
    with pytest.raises(PolicyContractError, match="control_dt is nan s"):
        metadata(control_dt=math.nan)


def test_its_own_arm_is_accepted():
    metadata().check_arm(ARM)
    metadata(velocity_limit=tuple(ARM.limits.velocity.tolist())).check_arm(ARM)


REORDERED = (ARM.joint_names[2], ARM.joint_names[0], *ARM.joint_names[1:2], *ARM.joint_names[3:])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arm": "ur10e"}, "arm is 'ur10e', but this arm has 'ur5e'"),
        ({"joint_names": REORDERED}, r"joint_names is \['elbow_joint', 'shoulder_pan_joint'.*but"),
        ({"base_frame": "base"}, "base_frame is 'base', but this arm has 'base_link'"),
        ({"tool_frame": "gripper"}, "tool_frame is 'gripper', but this arm has 'tool0'"),
        (
            {"velocity_limit": (1.5, 1.5, 1.5, 3.2, 1.5, 1.5)},
            "velocity_limit of wrist_1_joint is 3.2 rad/s, above this arm's 3.14",
        ),
    ],
)
def test_another_arm_is_refused_saying_what_differs(changes, message):
    with pytest.raises(PolicyContractError, match=message):
        metadata(**changes).check_arm(ARM)


def test_another_number_of_joints_is_refused():
    seven = tuple(f"joint_{i}" for i in range(7))
    wide = metadata(
        joint_names=seven,
        velocity_limit=(1.5,) * 7,
        inputs=(TensorSpec("joint_position", (1, 7), "rad", None, None, None),),
        outputs=(TensorSpec("joint_velocity_command", (1, 7), "rad/s", None, None, None),),
    )
    with pytest.raises(PolicyContractError, match="joint_names is .*joint_6.*but this arm has"):
        wide.check_arm(ARM)


def test_a_value_was_seen_in_training_only_if_every_element_was():
    spec = TensorSpec("goal_position", (1, 3), "m", "base_link", (-0.1, 0.3, 0.0), (1.0,) * 3)
    assert spec.was_seen(np.array([[-0.1, 1.0, 0.5]]))
    assert not spec.was_seen(np.array([[0.0, 0.29, 0.5]]))
    assert not spec.was_seen(np.array([0.0, 0.5, 1.01]))
    assert dataclasses.replace(spec, low=None, high=None).was_seen(np.full(3, 9.0))


def test_it_is_known_whether_an_object_is_read():
    pose = TensorSpec("object_pose", (1, 7), "m, xyzw", "base_link", None, None)
    assert not metadata().reads_object
    assert metadata(inputs=(*metadata().inputs, pose)).reads_object


@pytest.mark.parametrize(
    ("height", "released", "sees", "stacks"),
    [
        (0.07, True, True, True),
        (0.005, True, True, False),  # pick_place: on the table
        (0.10, False, True, False),  # grasp: held in the air
        (0.10, None, False, False),  # reach
    ],
)
def test_who_lets_go_of_objects_over_the_table_stacks_them(height, released, sees, stacks):
    region = {**ARM.workspace.to_dict(), "min_height": height}
    inputs = metadata().inputs
    if sees:
        inputs += (TensorSpec("object_pose", (1, 7), "m, xyzw", "base_link", None, None),)
    success = SuccessCriterion(released=released)
    assert metadata(goal_region=region, inputs=inputs, success=success).stacks is stacks
