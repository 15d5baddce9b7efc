"""Pick and place through ROS, in real processes: policy, guard, gripper, object, recorder."""

import json

import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from scripted_pick_place import REGION, write_scripted_policy

from rl_manip_description import load_arm
from ros2_process import Ros2Process

GRIPPER = load_arm("ur5e", "robotiq_2f85").gripper
GRIPPER_COMMANDS = f"/simulated{GRIPPER.command_topic}"
DISTANCE = 0.025  # [m] of the policy's criterion


def heard(bag, topic):
    """[(time [ns], message)] of a topic."""
    with AnyReader([bag]) as reader:
        connections = [c for c in reader.connections if c.topic == topic]
        return [
            (time, reader.deserialize(raw, c.msgtype))
            for c, time, raw in reader.messages(connections)
        ]


def test_an_object_is_carried_to_its_goal_by_the_gripper(tmp_path):
    policy = write_scripted_policy(tmp_path / "policy.onnx")
    arguments = (f"policy:={policy}", "hardware:=sim", "goals:=1", f"run_dir:={tmp_path}/run")
    with Ros2Process("launch", "rl_manip", "evaluate.launch.py", *arguments) as launch:
        launch.wait_for("object: ")
        launch.wait_for("of 1 goals met")
        code, said = launch.finish()
    assert code == 0, said
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert evaluation["task"] == "pick_place"
    goals = np.array([goal["position"] for goal in evaluation["per_goal"]])
    # as high as the object stands, which is measured
    assert goals[:, 2] == pytest.approx(REGION.max_height, abs=0.006)
    assert np.all(REGION.contains([(x, y, REGION.max_height) for x, y, _ in goals]))
    assert evaluation["successes"] == 1, said
    bag = tmp_path / "run" / "bag"

    objects = [m for _, m in heard(bag, "/object_pose")]
    seen = np.array([(p.x, p.y, p.z) for p in (m.pose.position for m in objects)])
    assert {m.header.frame_id for m in objects} == {"base_link"}
    for goal in goals:
        assert np.linalg.norm(seen - goal, axis=1).min() < DISTANCE

    wanted = np.array([m.data for _, m in heard(bag, GRIPPER_COMMANDS)])
    assert wanted.shape[1] == 1
    assert np.all((wanted >= GRIPPER.open_position) & (wanted <= GRIPPER.closed_position))
    # open, closed round the object, open again
    closed = (wanted[:, 0] > 0.5).astype(int)
    assert closed[0] == closed[-1] == 0
    assert closed.any()

    armed = min(t for t, m in heard(bag, "/velocity_guard_node/state") if m.data == "armed")
    assert min(t for t, _ in heard(bag, GRIPPER_COMMANDS)) > armed


def test_without_a_gripper_on_the_flange_it_says_so(tmp_path):
    policy = write_scripted_policy(tmp_path / "policy.onnx")
    arguments = (f"policy:={policy}", "hardware:=sim", "gripper:=none", f"run_dir:={tmp_path}/run")
    with Ros2Process("launch", "rl_manip", "deploy_real.launch.py", *arguments) as launch:
        code, said = launch.finish()
    assert code != 0
    assert "the policy was trained with robotiq_2f85" in said
    assert not (tmp_path / "run").exists()
