"""Policy files: what runs, and what is refused before it can run."""

import hashlib
import os

import numpy as np
import onnx
import onnxruntime
import pytest

from rl_manip_deploy.policy.known_policies import MOST, known_policies, split_folders
from rl_manip_deploy.policy.policy_file import PolicyFileError, load_policy
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import TensorSpec

ARM = load_arm("ur5e")


@pytest.fixture
def path(tmp_path, write_policy):
    return write_policy(tmp_path / "policy.onnx", ARM)


def test_policy_acts_in_the_arm_s_order(path):
    policy = load_policy(path, ARM, control_dt=0.04)
    position = np.array([0.1, -0.2, 0.3, -0.4, 0.5, -3.0])
    command = policy.act({**policy.example(), "joint_position": position})
    np.testing.assert_allclose(command.joint_velocity, [-0.1, 0.2, -0.3, 0.4, -0.5, 1.5], atol=1e-6)
    assert command.joint_velocity.dtype == np.float64
    assert command.gripper_opening is None


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(PolicyFileError, match="cannot be read"):
        load_policy(tmp_path / "none.onnx")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_truncated_file_is_refused(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(PolicyFileError, match="no complete ONNX file|metadata"):
        load_policy(path)


def test_every_truncation_is_refused(path):
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(PolicyFileError):
            load_policy(path)


def test_file_without_metadata_is_refused(tmp_path, write_policy):
    path = write_policy(tmp_path / "policy.onnx", ARM, text="none")
    with pytest.raises(PolicyFileError, match="has no 'rl_manip' metadata"):
        load_policy(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arm": "ur3e"}, "arm is 'ur3e'"),
        ({"joint_names": tuple(reversed(ARM.joint_names))}, "joint_names"),
        ({"base_frame": "base"}, "base_frame"),
        ({"control_dt": 0.02}, "every 0.02 s, expected 0.04 s"),
        ({"velocity_limit": (9.0,) * 6}, "velocity_limit"),
        ({"inputs": lambda about: about.inputs[:2]}, "its metadata says inputs"),
        (
            {"inputs": (TensorSpec("camera_image", (1, 64), "1", None, None, None),)},
            r"has the input camera_image \[1, 64\], but the inputs of this arm are joint_position",
        ),
        (
            {"outputs": (TensorSpec("torque", (1, 6), "Nm", None, None, None),)},
            "has the output torque",
        ),
        ({"gripper": "robotiq_2f85"}, "tool_frame is 'tool0'"),
        ({"gripper": "three_fingers"}, "unknown gripper 'three_fingers'"),
    ],
)
def test_policy_for_something_else_is_refused(tmp_path, write_policy, changes, said):
    path = write_policy(tmp_path / "policy.onnx", ARM, **changes)
    with pytest.raises(PolicyFileError, match=said):
        load_policy(path, ARM, control_dt=0.04)


def test_metadata_that_the_graph_does_not_keep_is_refused(tmp_path, write_policy):
    goal = TensorSpec("goal_position", (1, 7), "m", "base_link", None, None)
    path = write_policy(
        tmp_path / "policy.onnx", ARM, inputs=lambda about: (*about.inputs[:2], goal)
    )
    with pytest.raises(PolicyFileError, match="has the input goal_position"):
        load_policy(path, ARM)


def test_policy_that_returns_nan_is_refused(tmp_path, write_policy):
    path = write_policy(tmp_path / "policy.onnx", ARM, gain=float("nan"))
    with pytest.raises(PolicyFileError, match="does not run: the policy returned"):
        load_policy(path, ARM)


def test_policy_faster_than_it_says_is_refused(tmp_path, write_policy):
    path = write_policy(tmp_path / "policy.onnx", ARM, gain=10.0, velocity_limit=(0.5,) * 6)
    with pytest.raises(PolicyFileError, match="above the velocity limit"):
        load_policy(path, ARM)


def test_other_digest_is_refused(path):
    load_policy(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest().upper())
    with pytest.raises(PolicyFileError, match="another file"):
        load_policy(path, sha256="0" * 64)


def test_one_thread_and_no_optimisation_that_changes_numbers(path):
    options = load_policy(path).session.get_session_options()
    assert options.intra_op_num_threads == options.inter_op_num_threads == 1
    basic = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    assert options.graph_optimization_level == basic


def in_two_files(path):
    proto = onnx.load(path)
    onnx.save_model(
        proto, str(path), save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    return path


def test_a_policy_in_two_files_acts_as_the_same_in_one(path):
    whole = load_policy(path, ARM)
    wanted = whole.act(whole.example()).joint_velocity
    split = load_policy(in_two_files(path), ARM)
    np.testing.assert_array_equal(split.act(split.example()).joint_velocity, wanted)


def test_no_digest_is_believed_that_does_not_cover_the_weights(path):
    digest = hashlib.sha256(in_two_files(path).read_bytes()).hexdigest()
    with pytest.raises(PolicyFileError, match="keeps its weights in another file"):
        load_policy(path, ARM, sha256=digest)


def test_a_foreign_network_is_told_how_it_can_be_run(tmp_path, write_policy):
    path = write_policy(tmp_path / "policy.onnx", ARM, text="none")
    with pytest.raises(PolicyFileError, match=r"-> .*\[1, 6\].*policy:=none"):
        load_policy(path)


def newer_format(model):
    model.ir_version = 99


def newer_operators(model):
    model.opset_import[0].version = 99


def unknown_operator(model):
    model.graph.node[0].op_type = "Levitate"


def no_weights_file(model):
    weights = model.graph.initializer[0]
    onnx.external_data_helper.set_external_data(weights, "weights.bin")
    weights.ClearField("raw_data")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (newer_format, "IR version"),
        (newer_operators, "opset"),
        (unknown_operator, "Levitate"),
        (no_weights_file, "weights.bin"),
    ],
)
def test_a_policy_that_does_not_load_is_refused_with_the_reason(path, change, said):
    model = onnx.load(path)
    change(model)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(PolicyFileError, match=said) as refused:
        load_policy(path, ARM)
    assert "\n" not in str(refused.value)


def test_policies_are_known_by_folder_and_name(tmp_path):
    shipped, runs = tmp_path / "policies", tmp_path / "runs"
    for folder in (shipped / "ur5e_reach", shipped / "ur10e_reach", runs / "demo"):
        folder.mkdir(parents=True)
        (folder / "policy.onnx").write_bytes(b"")
    (runs / "no policy yet").mkdir()
    folders = split_folders(os.pathsep.join(map(str, (shipped, runs, tmp_path / "missing"))))
    found = known_policies(folders)
    assert list(found) == ["policies/ur10e_reach", "policies/ur5e_reach", "runs/demo"]
    assert found["runs/demo"] == runs / "demo" / "policy.onnx"
    assert known_policies(split_folders("")) == {}


def test_of_many_runs_the_newest_are_known(tmp_path):
    for number in range(MOST + 3):
        file = tmp_path / f"run{number:02d}" / "policy.onnx"
        file.parent.mkdir()
        file.write_bytes(b"")
        os.utime(file, (number, number))
    found = known_policies([str(tmp_path)])
    assert [name[-2:] for name in found] == [f"{number:02d}" for number in range(3, MOST + 3)]
