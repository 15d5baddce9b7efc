"""evaluate.launch.py against an arm that was started apart, with parameters of its own."""

import json

from machine_stalls import stalls_are_forgiven

from ros2_process import Ros2Process


@stalls_are_forgiven
def arm_as_a_person_does():
    """Types the command that was said, until the guard no longer refuses."""
    command = ("service", "call", "/velocity_guard_node/arm", "std_srvs/srv/Trigger")
    for _ in range(10):
        with Ros2Process(*command) as call:
            _, said = call.finish()
        if "success=True" in said:
            return
    raise AssertionError(said)


def test_goals_from_a_file_are_met_on_a_driver_that_already_runs(tmp_path):
    goals = [[0.45, 0.2, 0.35], [0.4, -0.25, 0.5]]
    (tmp_path / "goals.json").write_text(json.dumps(goals))
    parameters = ("-p", "seed:=99", "-p", "name_order:=random")
    with Ros2Process("run", "rl_manip_sim", "sim_arm_node", "--ros-args", *parameters) as driver:
        driver.wait_for("simulated ur5e, seed 99, names random")
        arguments = (f"goals:={tmp_path}/goals.json", f"run_dir:={tmp_path}/run")
        with Ros2Process("launch", "rl_manip", "evaluate.launch.py", *arguments) as launch:
            # nothing moves a real arm before a person says so
            launch.wait_for("waiting for you to arm the guard")
            arm_as_a_person_does()
            code, said = launch.finish()
        assert code == 0, said
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert evaluation["hardware"] == "real"
    assert evaluation["goals"] == 2
    assert evaluation["successes"] == 2, said
    assert [goal["position"] for goal in evaluation["per_goal"]] == goals
    assert all(goal["final_distance_m"] <= 0.02 for goal in evaluation["per_goal"])
    assert (tmp_path / "run" / "bag" / "metadata.yaml").exists()


def test_goals_are_met_through_the_position_port(tmp_path):
    (tmp_path / "goals.json").write_text(json.dumps([[0.45, 0.2, 0.35], [0.4, -0.25, 0.5]]))
    arguments = ("hardware:=sim", "command_port:=position", f"goals:={tmp_path}/goals.json")
    told = (*arguments, "record:=false", f"run_dir:={tmp_path}/run")
    with Ros2Process("launch", "rl_manip", "evaluate.launch.py", *told) as launch:
        code, said = launch.finish()
    assert code == 0, said
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert evaluation["successes"] == 2, said


def test_robot_that_never_comes_up_ends_it_with_a_sentence(tmp_path):
    arguments = ("startup_timeout:=3", "record:=false", f"run_dir:={tmp_path}/run")
    with Ros2Process("launch", "rl_manip", "evaluate.launch.py", *arguments) as launch:
        code, said = launch.finish()
    assert code != 0
    assert "nothing arrives on /joint_states" in said
    assert "(waited 3 s)" in said
    assert not (tmp_path / "run").exists()


def test_bad_goals_end_it_with_a_sentence(tmp_path):
    (tmp_path / "goals.yaml").write_text("[[0.4, 0.1]]")
    arguments = (f"goals:={tmp_path}/goals.yaml", "hardware:=sim", f"run_dir:={tmp_path}/run")
    with Ros2Process("launch", "rl_manip", "evaluate.launch.py", *arguments) as launch:
        code, said = launch.finish()
    assert code != 0
    assert "expected three finite numbers" in said
    assert not (tmp_path / "run").exists()
