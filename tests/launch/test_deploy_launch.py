"""deploy_real.launch.py as a user starts it: it moves an arm, and leaves it at rest."""

import signal
import time

import numpy as np
import pytest
from arm_watch import ArmWatch
from rosbags.highlevel import AnyReader

from ros2_process import Ros2Process

RECORDED = {
    "/joint_states",
    "/policy/command",
    "/velocity_guard_node/sent",
    "/goal_pose",
    "/diagnostics",
    "/velocity_guard_node/state",
    "/io_and_status_controller/robot_program_running",
}
GOALS = ([0.45, 0.25, 0.35], [0.45, -0.25, 0.45])
SLOW = 0.9  # [rad/s]
CELL = f"""
limits: {{velocity: {SLOW}}}
zones:
  - {{name: wall, kind: half_space, keep: in, point: [-0.6, 0.0, 0.0], normal: [1.0, 0.0, 0.0]}}
"""
FRAMES = """
frames:
  - {parent: world, child: base_link, xyz: [0.0, 0.0, 0.8], rpy: [0.0, 0.0, 1.5707963267949]}
  - {parent: world, child: table, xyz: [0.0, 0.5, 0.8]}
"""
# a goal in each frame, and where it is in base_link, whose x is the world's y
IN_OTHER_FRAMES = {
    "base": ((-0.45, 0.25, 0.4), (0.45, -0.25, 0.4)),
    "table": ((-0.25, -0.05, 0.35), (0.45, 0.25, 0.35)),
}


def deploy(*arguments):
    return Ros2Process("launch", "rl_manip", "deploy_real.launch.py", *arguments)


def is_recorded(arm):
    readers = [arm.node.get_subscriptions_info_by_topic(topic) for topic in RECORDED]
    return all(any(r.node_name == "rosbag2_recorder" for r in known) for known in readers)


def test_it_reaches_a_goal_and_comes_to_rest_on_ctrl_c(tmp_path):
    cell = tmp_path / "cell.yaml"
    cell.write_text(CELL)
    words = ("hardware:=sim", f"run_dir:={tmp_path}/run", f"guard_settings:={cell}")
    with deploy(*words) as launch, ArmWatch() as arm:
        arm.wait_until_armed()
        arm.wait_until(lambda: is_recorded(arm), "the recorder listens to everything")
        arm.wait_until(lambda: len(arm.requests) > 50, "the policy acts")

        def is_refused() -> bool:
            arm.send_goal(GOALS[0], frame="nowhere")
            time.sleep(0.2)
            return launch.has_said("goal in frame 'nowhere' refused")

        arm.wait_until(is_refused, "a goal in an unknown frame is refused")
        arm.drive(GOALS[1], until=lambda: arm.tool_distance(GOALS[1]) < 0.02)
        arm.drive(GOALS[0], until=lambda: arm.speed() > 0.3)
        code, said = launch.finish(signal.SIGINT)
        assert code == 0, said
        arm.wait_until(lambda: not np.any(arm.commands[-1][1]), "the last command is zero")
        sent = np.array([velocity for _, velocity in arm.commands])
        steps = np.diff(np.array([time for time, _ in arm.commands]))
        assert np.all(np.isfinite(sent))
        assert np.all(np.abs(sent) <= SLOW)
        # one for each joint state, or fewer where a step takes long
        assert 0.001 < np.median(steps) < 0.01
        arm.wait_until(lambda: arm.speed() < 0.05, "the last joint states show an arm at rest")
        assert "fastest joint at the end: 0.00" in said
    with AnyReader([tmp_path / "run" / "bag"]) as bag:
        assert {c.topic for c in bag.connections} >= RECORDED


def test_goals_in_the_pendants_frame_and_a_persons_are_met_where_they_are(tmp_path):
    cell = tmp_path / "frames.yaml"
    cell.write_text(FRAMES)
    words = ("hardware:=sim", f"run_dir:={tmp_path}/run", f"frames:={cell}")
    with deploy(*words) as launch, ArmWatch() as arm:
        arm.wait_until_armed()
        arm.wait_until(lambda: len(arm.requests) > 50, "the policy acts")
        for frame, (goal, place) in IN_OTHER_FRAMES.items():
            arm.drive(goal, lambda place=place: arm.tool_distance(place) < 0.02, frame)
            launch.wait_for(f"given in '{frame}'")
        arm.send_goal(GOALS[0], frame="tabel")
        launch.wait_for("goal in frame 'tabel' refused: nothing connects it to 'base_link'; known")
        code, said = launch.finish(signal.SIGINT)
        assert code == 0, said
    with AnyReader([tmp_path / "run" / "bag"]) as bag:
        (told,) = [c for c in bag.connections if c.topic == "/policy_node/frames"]
        ((_, _, raw),) = bag.messages([told])
        assert bag.deserialize(raw, told.msgtype).data == FRAMES


def test_without_a_driver_it_says_in_one_line_what_it_waits_for(tmp_path):
    with deploy(f"run_dir:={tmp_path}/run", "record:=false") as launch:
        launch.wait_for("nothing arrives on /joint_states: start the driver of the ur5e")
        code, said = launch.finish(signal.SIGINT)
        assert code == 0, said
        assert said.count("nothing arrives") == 1


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("arm:=ur7", "unknown arm 'ur7'"),
        ("robot_ip:=192.0.2.1", "sudo apt install ros-"),
        ("guard_settings:=/nowhere/cell.yaml", "there is no such file"),
    ],
)
def test_bad_arguments_end_it_with_a_sentence(tmp_path, argument, said):
    with deploy(argument, f"run_dir:={tmp_path}/run") as launch:
        code, output = launch.finish()
    assert code != 0
    assert said in output
    assert not (tmp_path / "run").exists()


def test_settings_that_are_too_loose_end_it_with_a_sentence(tmp_path):
    cell = tmp_path / "cell.yaml"
    cell.write_text("limits: {tool_margin: 0.0}")
    with deploy("hardware:=sim", f"guard_settings:={cell}", f"run_dir:={tmp_path}/run") as launch:
        code, output = launch.finish()
    assert "tool_margin is 0.0: it must be no looser than the arm's 0.01" in output
    assert code != 0
    # others may be interrupted while Python still imports what they need
    of_the_guard = [line for line in output.splitlines() if "velocity_guard_node" in line]
    assert "Traceback" not in "\n".join(of_the_guard)


def test_every_argument_is_described():
    for file in ("deploy_real.launch.py", "evaluate.launch.py"):
        with Ros2Process("launch", "rl_manip", file, "--show-args") as launch:
            code, output = launch.finish()
        assert code == 0
        assert "no description" not in output.lower()
        for name in ("arm", "policy", "hardware", "robot_ip", "record", "bag", "tf_prefix"):
            assert f"'{name}':" in output
