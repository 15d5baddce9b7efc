"""Launch arguments: each bad one gets a sentence before anything starts or is written."""

import math
import shutil

import pytest
import yaml

from rl_manip_deploy.launch_arguments import DEPLOY_ARGUMENTS, plan_deployment
from rl_manip_description import load_arm
from rl_manip_description.model.arm_files import ARMS


@pytest.fixture
def policies(tmp_path, write_policy):
    folder = tmp_path / "policies" / "ur5e_reach"
    folder.mkdir(parents=True)
    write_policy(folder / "policy.onnx", load_arm("ur5e"))
    return folder.parent


def plan(policies, **given):
    values = {name: default for name, (default, _) in DEPLOY_ARGUMENTS.items()}
    return plan_deployment({**values, **given}, policies)


def test_defaults_are_a_real_arm_and_the_shipped_policy(policies):
    planned = plan(policies)
    assert planned.hardware == "real"
    assert planned.policy == policies / "ur5e_reach" / "policy.onnx"
    assert planned.record
    assert planned.bag == planned.run_dir / "bag"
    assert planned.run_dir.parent.name == "runs"


@pytest.fixture
def own_arm(tmp_path, monkeypatch):
    """The path of an arm's file outside the workspace; it names no driver."""
    monkeypatch.setattr(ARMS, "_given", {})
    values = yaml.safe_load(ARMS.file("ur5e").path.read_text())
    del values["driver"]
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(values))
    shutil.copy(ARMS.file("ur5e").path.with_suffix(".urdf"), tmp_path / "mine.urdf")
    return path


def test_policies_of_other_arms_lie_in_folders_by_their_makers(policies, write_policy):
    folder = policies / "universal_robots" / "ur10e_reach"
    folder.mkdir(parents=True)
    write_policy(folder / "policy.onnx", load_arm("ur10e"))
    assert plan(policies, arm="ur10e").policy == folder / "policy.onnx"
    with pytest.raises(ValueError, match="no policy is shipped for the ur3e .no ur3e_r"):
        plan(policies, arm="ur3e")


@pytest.mark.parametrize(("arm", "port"), [("ur5e", "velocity"), ("gen3", "trajectory")])
def test_the_port_is_the_first_that_the_arms_file_names_a_controller_for(policies, arm, port):
    assert plan(policies, arm=arm, policy="none").command_port == port


def test_another_port_may_be_chosen(policies):
    planned = plan(policies, policy="none", command_port="trajectory")
    assert planned.command_port == "trajectory"


def test_an_arms_file_reaches_the_nodes_as_its_path(policies, own_arm, monkeypatch):
    monkeypatch.chdir(own_arm.parent)
    planned = plan(policies, arm="mine.yaml", policy="none", hardware="sim")
    assert planned.arm == str(own_arm)
    assert planned.run_dir.name.startswith("mine_sim_")
    assert plan(policies, arm="ur5e", policy="none").arm == "ur5e"


def test_an_arm_without_driver_has_none_that_could_be_started(policies, own_arm):
    with pytest.raises(ValueError, match="file of mine names no driver: start the driver yourself"):
        plan(policies, arm=str(own_arm), policy="none", robot_ip="10.0.0.1")
    assert plan(policies, arm=str(own_arm), policy="none").robot_ip == ""


def test_every_path_may_begin_at_home(policies, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "cell.yaml").touch()
    given = {
        "policy": "~/policies/ur5e_reach/policy.onnx",
        "run_dir": "~/runs/a b",
        "guard_settings": "~/cell.yaml",
    }
    planned = plan(policies, **given)
    assert planned.policy == policies / "ur5e_reach" / "policy.onnx"
    assert planned.bag == tmp_path / "runs" / "a b" / "bag"
    assert planned.guard_settings == str(tmp_path / "cell.yaml")
    assert plan(policies, bag="~/bag").bag == tmp_path / "bag"


@pytest.mark.parametrize("name", ["policy", "run_dir", "bag", "guard_settings", "description"])
def test_a_home_folder_that_nobody_knows_is_a_sentence(policies, name):
    with pytest.raises(ValueError, match="'~nobody-here/x' begins with a home folder that is not"):
        plan(policies, **{name: "~nobody-here/x"})


def test_another_node_may_send_the_requests(policies):
    planned = plan(policies, policy="none")
    assert planned.policy is None
    assert planned.record


def test_a_real_arm_waits_for_a_person_to_arm_it(policies):
    assert not plan(policies).auto_arm
    assert plan(policies, hardware="sim").auto_arm
    assert plan(policies, auto_arm="true").auto_arm
    assert not plan(policies, hardware="sim", auto_arm="false").auto_arm


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"arm": "ur7"}, "unknown arm 'ur7'.*ur5e"),
        ({"arm": "ur3e"}, "no policy is shipped for the ur3e"),
        ({"hardware": "simulation"}, "hardware is 'simulation': choose real or sim"),
        ({"hardware": "sim", "robot_ip": "10.0.0.1"}, "robot_ip"),
        ({"policy": "nowhere.onnx"}, "nowhere.onnx cannot be read"),
        ({"control_dt": "0.05"}, "expected 0.05 s"),
        ({"control_dt": "nan"}, "control_dt is 'nan'"),
        ({"control_dt": "-1"}, "control_dt is '-1'"),
        ({"auto_arm": "yes"}, "auto_arm is 'yes'"),
        ({"record": "maybe"}, "record is 'maybe'"),
        ({"sim_seed": "-1"}, "sim_seed is '-1'"),
        ({"sim_seed": "1.5"}, "give a whole number"),
        ({"realtime_priority": "100"}, "realtime_priority is '100'"),
        ({"description": "mine.urdf"}, "description is 'mine.urdf', but there is no such file"),
        ({"description": __file__}, "description: .*is no URDF"),
        ({"kinematics_params_file": "cal.yaml"}, "kinematics_params_file is 'cal.yaml'"),
        ({"kinematics_params_file": __file__}, "give a calibration, a .yaml file"),
        ({"sim_kinematics": "-1"}, "sim_kinematics is '-1', but there is no such file"),
        ({"tool": "0,0"}, "^tool is '0,0': give x,y,z"),
        ({"tool": "0,0,nan"}, "^tool is '0,0,nan': give x,y,z"),
        ({"tool": "0,0,150"}, "^tool is '0,0,150', 150 m from the flange"),
        ({"sim_object_latency": "late"}, "sim_object_latency is 'late'"),
        ({"sim_name_order": "sorted"}, "sim_name_order is 'sorted'"),
        ({"policy_sha256": "00"}, "another file"),
    ],
)
def test_bad_arguments_are_refused(policies, given, said):
    with pytest.raises(ValueError, match=f"(?s){said}"):
        plan(policies, **given)


def test_the_tool_goes_on_to_the_nodes_as_it_was_written(policies):
    assert plan(policies).tool == ""
    assert plan(policies, tool="0,0.05,0.1,0,1.57,0").tool == "0,0.05,0.1,0,1.57,0"


def test_bag_that_exists_is_not_written_over(policies, tmp_path):
    with pytest.raises(ValueError, match="exists: give another"):
        plan(policies, bag=str(tmp_path))
    assert plan(policies, bag=str(tmp_path), record="false").bag == tmp_path


@pytest.fixture
def hand_policy(tmp_path, write_policy):
    arm = load_arm("ur5e", "robotiq_2f85")
    return str(write_policy(tmp_path / "hand.onnx", arm, reads=("object_pose",)))


def test_gripper_and_object_are_what_the_policy_says(policies, hand_policy):
    planned = plan(policies, policy=hand_policy)
    assert (planned.gripper, planned.handles_object) == ("robotiq_2f85", True)
    planned = plan(policies)
    assert (planned.gripper, planned.handles_object) == ("", False)


def test_a_gripper_that_the_policy_does_not_know_of_may_be_mounted(policies):
    assert plan(policies, gripper="robotiq_2f85").gripper == "robotiq_2f85"
    assert plan(policies, policy="none", gripper="robotiq_2f85").gripper == "robotiq_2f85"


@pytest.mark.parametrize(
    ("gripper", "said"), [("none", "trained with robotiq_2f85"), ("claw", "choose auto or none")]
)
def test_a_policy_without_its_gripper_is_refused(policies, hand_policy, gripper, said):
    with pytest.raises(ValueError, match=said):
        plan(policies, policy=hand_policy, gripper=gripper)


def test_every_argument_says_what_it_is():
    for name, (_, description) in DEPLOY_ARGUMENTS.items():
        assert description.endswith("."), name


def test_the_arms_own_kinematics_come_from_a_file_or_from_its_driver(policies, tmp_path):
    urdf = load_arm("ur5e").urdf_path
    assert plan(policies).description == plan(policies).kinematics_params_file == ""
    assert plan(policies, description="nominal").description == "nominal"
    assert plan(policies, description=str(urdf)).description == str(urdf)
    assert plan(policies, sim_kinematics="17").sim_kinematics == "17"
    with pytest.raises(ValueError, match="ur5e's data sheet has it"):
        plan(policies, description=str(load_arm("ur10e").urdf_path))


def test_the_drivers_calibration_serves_all_unless_a_description_is_given(policies, tmp_path):
    nothing = dict.fromkeys(("x", "y", "z", "roll", "pitch", "yaw"), 0.0)
    links = {
        "shoulder": {**nothing, "z": 0.1625},
        "upper_arm": {**nothing, "roll": math.pi / 2},
        "forearm": {**nothing, "x": -0.425},
        "wrist_1": {**nothing, "x": -0.3922, "z": 0.1333},
        "wrist_2": {**nothing, "y": -0.0997, "roll": math.pi / 2},
        "wrist_3": {**nothing, "y": 0.0996, "roll": -math.pi / 2},
    }
    path = tmp_path / "calibration.yaml"
    path.write_text(yaml.safe_dump({"kinematics": links}))
    planned = plan(policies, kinematics_params_file=str(path))
    assert planned.kinematics_params_file == planned.description == str(path)
    both = plan(policies, kinematics_params_file=str(path), description="nominal")
    assert both.kinematics_params_file == str(path)
    assert both.description == "nominal"


TABLE = "frames: [{parent: PARENT, child: table, xyz: [0.5, 0.0, 0.0]}]"


def test_frames_are_looked_at_before_anything_starts(policies, tmp_path):
    cell = tmp_path / "frames.yaml"
    cell.write_text(TABLE.replace("PARENT", "base_link"))
    assert plan(policies, frames=str(cell), hardware="sim").frames == str(cell)
    assert plan(policies).frames == ""
    cell.write_text(TABLE.replace("PARENT", "wall"))
    said = "frames: .*frames.yaml: frame 'table' hangs on 'wall', which nothing connects to"
    with pytest.raises(ValueError, match=said):
        plan(policies, frames=str(cell), hardware="sim")
    # a driver's description may have a wall
    assert plan(policies, frames=str(cell)).frames == str(cell)
    cell.write_text(TABLE.replace("0.5", "far"))
    with pytest.raises(ValueError, match="frames: .*frames.yaml: frame 'table': xyz is 'far'"):
        plan(policies, frames=str(cell))
    with pytest.raises(ValueError, match="frames is 'no.yaml', but there is no such file"):
        plan(policies, frames="no.yaml")
