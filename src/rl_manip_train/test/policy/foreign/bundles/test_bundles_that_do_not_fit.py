"""Bundles that cannot be used, and specs that contradict them: one sentence, nothing made."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import yaml
from leapp_bundles import UR, isaac_reach, two_models, write_bundle, write_safetensors

from rl_manip_description import load_arm
from rl_manip_train.policy.foreign.leapp.safetensors_file import read_safetensors
from rl_manip_train.policy.foreign.network.graph_file import ForeignNetworkError
from rl_manip_train.policy.foreign.policy_import import import_network
from rl_manip_train.policy.foreign.spec import read_spec as reading
from rl_manip_train.policy.foreign.spec.spec_values import SpecError

SPEC = "arm: ur5e\ntask: reach_pose\naction: {reach_in: 0.2}\n"
ARMS = functools.lru_cache(load_arm)


@pytest.fixture(autouse=True)
def arms_are_read_once(monkeypatch):
    monkeypatch.setattr(reading, "load_arm", ARMS)


@pytest.fixture
def bundle(tmp_path):
    """The folder of a good one."""
    return write_bundle(tmp_path / "bundle", **isaac_reach(np.zeros(6), UR, UR))


def refusal(path, spec, tmp_path):
    (tmp_path / "spec.yaml").write_text(spec)
    with pytest.raises((SpecError, ForeignNetworkError)) as error:
        import_network(path, tmp_path / "spec.yaml", "a command", "abc")
    assert {one.name for one in tmp_path.iterdir()} <= {"bundle", "spec.yaml"}
    return str(error.value)


def changed(folder, change):
    """Its YAML file after a change of what it says."""
    path = folder / "reach.yaml"
    values = yaml.safe_load(path.read_text())
    change(values)
    path.write_text(yaml.safe_dump(values, sort_keys=False))


def model_of(values):
    return values["models"]["Isaac-Reach"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda v: model_of(v)["inputs"][1].update(kind="state/joint/effort"),
            "has the input robot_joint_vel (state/joint/effort), which no policy here is given",
        ),
        (
            lambda v: model_of(v)["inputs"][1].pop("kind"),
            "has the input robot_joint_vel (of no kind), which no policy here is given; known are",
        ),
        (
            lambda v: model_of(v)["inputs"][0]["element_names"][0].__setitem__(0, "panda_joint1"),
            "has the joint 'panda_joint1' in 'arm_action', and ur5e has shoulder_pan_joint",
        ),
        (
            lambda v: model_of(v)["inputs"][0].pop("element_names"),
            "does not name the joints of 'robot_joint_pos'; give their order under joints",
        ),
        (
            lambda v: model_of(v)["inputs"][2].pop("element_names"),
            "names the elements of ee_pose nothing, expected those of x, y, z, qx, qy, qz, qw",
        ),
        (
            lambda v: model_of(v)["inputs"][2].update(
                kind="state/body/pose", element_names=[["a", "b"], ["x"]]
            ),
            "has 2 bodies in ee_pose, and only the tool is known here",
        ),
        (
            lambda v: model_of(v)["outputs"][0].update(kind="target/joint/effort"),
            "none of them is target/joint/position or target/joint/velocity; train it with actions",
        ),
        (
            lambda v: model_of(v)["outputs"][2].update(kind="target/joint/effort"),
            "has the output arm_action_kp_gains (target/joint/effort), which nothing here carries",
        ),
        (
            lambda v: model_of(v)["outputs"][2].update(kind="target/joint/velocity"),
            "name under network.action which is the action",
        ),
        (
            lambda v: model_of(v)["parameters"].update(sha256sum="0" * 64),
            "is not the file that reach.yaml was written for: its sha256sum differs",
        ),
        (
            lambda v: model_of(v)["parameters"].update(model_path="gone.onnx"),
            "gone.onnx cannot be read (No such file or directory)",
        ),
        (
            lambda v: model_of(v)["parameters"].update(backend="pt2"),
            "is of the backend pt2, expected onnx or jit",
        ),
        (
            lambda v: model_of(v)["inputs"].append(dict(model_of(v)["inputs"][0], name="more")),
            "reach.yaml describes the input 'more', and the other one has not",
        ),
        (lambda v: v.pop("pipeline"), "expected one; give the path of the one that you mean"),
        (lambda v: model_of(v).pop("inputs"), "lacks something that leapp 0.7 writes ('inputs')"),
        (
            lambda v: v["pipeline"].update(initial_values="gone.safetensors"),
            "gone.safetensors cannot be read",
        ),
        (
            lambda v: v["pipeline"].update(feedback_flow={"Isaac-Reach/x": ["Isaac-Reach/y"]}),
            "joins Isaac-Reach/x with Isaac-Reach/y, and no model has 'Isaac-Reach/x'",
        ),
        (
            lambda v: v["pipeline"].update(feedback_flow={}),
            "has the output last_action_out (of no kind), which nothing here carries out",
        ),
        (
            lambda v: v["pipeline"]["configs"].update(frequency=5.0),
            "asks the network every 0.2 s, and policies here act every",
        ),
    ],
)
def test_a_bundle_that_cannot_be_used_says_why(bundle, tmp_path, change, said):
    changed(bundle, change)
    text = refusal(bundle, SPEC, tmp_path)
    assert said in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("control_rate: 60", "has 60 Hz, and reach.yaml 30 Hz; remove control_rate"),
        ("control_dt: 0.02", "has 50 Hz, and reach.yaml 30 Hz; remove control_rate"),
        ("joints: [elbow_joint]", "is elbow_joint, and reach.yaml has shoulder_pan_joint, should"),
        ("joints: {a: elbow}", "joints.a is 'elbow', expected a joint of ur5e or the number"),
        (
            "joints: {elbow_joint: 0.5}",
            "moves the joint 'elbow_joint', which spec.yaml.joints says",
        ),
        ("normalizer: {mean: [0], std: [1]}", "normalizer is inside the models of reach.yaml"),
        ("history: {length: 2}", "history is inside the models of reach.yaml; remove it"),
        ("network: {states: {a: b}}", "network has the unknown key 'states'"),
        ("network: {action: arm}", "and none of them called 'arm' is target/joint/position"),
        ("observation: [joint_position]", "is a list, and reach.yaml has inputs by name"),
        ("observation: {pose: [goal_position]}", "describes 'pose', which is no input of reach"),
        ("observation: {ee_pose: [joint_position]}", "has joint_position, and reach.yaml says com"),
        ("observation: {ee_pose: {form: euler}}", "form is 'euler'; known are quaternion_xyzw"),
        ("observation: {ee_pose: {from: x}}", "unknown key 'from'; did you mean 'form'"),
        ("observation: {ee_pose: {frame: table}}", "known are base, tool"),
        ("observation: {robot_joint_pos: {frame: base}}", "has frame, and joints have none"),
        ("action: {kind: joint_velocity}", "is joint_velocity, and reach.yaml says target/joint/p"),
        ("action: {scale: 2.0}", "action has the unknown key 'scale'"),
        ("task: reach", "goals of the task reach have no orientation; give another task, or a con"),
        ("arm: fr3", "in 'arm_action', and fr3 has fr3_joint1"),
    ],
)
def test_a_spec_that_contradicts_its_bundle_says_what_to_write(bundle, tmp_path, more, said):
    key = more.partition(":")[0]
    kept = [line for line in SPEC.splitlines() if not line.startswith(f"{key}:")]
    text = refusal(bundle, "\n".join([*kept, more]), tmp_path)
    assert said in text
    assert "\n" not in text


def test_sizes_of_an_input_that_do_not_fit_stand_in_a_table(bundle, tmp_path):
    spec = f"{SPEC}observation: {{ee_pose: [goal_position]}}\n"
    sentence, *table = refusal(bundle, spec, tmp_path).split("\n")
    assert "observation for 'ee_pose' has 3 numbers and the network takes 7" in sentence
    assert table[1].split() == ["goal_position", "0", "2", "3"]


def test_models_that_run_in_another_order_are_not_joined(tmp_path):
    path = write_bundle(tmp_path / "bundle", **two_models())

    def turned(values):
        values["models"] = dict(reversed(values["models"].items()))

    changed(path, turned)
    spec = "arm: ur5e\ntask: reach_pose\nobservation: {observer/tool: {positive: y}}\n"
    assert (
        "hands observer/observation to actor/observation, which runs earlier; that cannot be joined"
    ) in refusal(path, spec, tmp_path)


def test_a_folder_without_a_bundle_and_a_yaml_that_is_none(tmp_path):
    (tmp_path / "bundle").mkdir()
    assert "bundle has none of LEAPP's YAML files" in refusal(tmp_path / "bundle", SPEC, tmp_path)
    other = tmp_path / "spec.yaml"
    assert "is no LEAPP bundle: it lacks models or pipeline" in refusal(other, SPEC, tmp_path)


def test_safetensors_are_read_or_refused(tmp_path):
    path, array = tmp_path / "a.safetensors", np.arange(6.0).reshape(3, 1, 2)
    write_safetensors(path, {"a/b": array, "c/d": np.ones(1)})
    np.testing.assert_array_equal(read_safetensors(path)["a/b"], array)
    whole = path.read_bytes()
    for broken in (b"", whole[:20], whole[:-4], b"\xff" * 40):
        path.write_bytes(broken)
        with pytest.raises(ForeignNetworkError, match="is no complete safetensors file; copy it"):
            read_safetensors(path)
    path.write_bytes(whole.replace(b'"F32"', b'"F16"'))
    with pytest.raises(ForeignNetworkError, match="has 'a/b' in F16, expected F32"):
        read_safetensors(path)
