"""The sentence that says what arrives while the arm's joint states do not."""

import pytest

from rl_manip_deploy.states.heard_joints import HeardJoints

JOINTS = ("shoulder", "elbow")


@pytest.mark.parametrize(
    ("prefix", "heard", "said"),
    [
        ("", [], "nothing arrives on /joint_states: start the driver of the ur5e"),
        ("", [("finger",)] * 3, "3 joint states arrived on /joint_states, of finger: shoulder of"),
        ("", [("left_elbow", "left_shoulder")], "give tf_prefix:=left_"),
        ("right_", [("left_elbow", "left_shoulder")], "give tf_prefix:=left_"),
        ("left_", [("elbow", "shoulder")], "leave tf_prefix out"),
        ("", [("elbow",)], "of elbow: shoulder of the ur5e is not among them"),
        ("", [("elbow", "shoulder")], "but not in values that can be used"),
        ("", [()], "of no joint: shoulder"),
    ],
)
def test_it_says_what_came_and_what_is_missing(prefix, heard, said):
    joints = HeardJoints([prefix + name for name in JOINTS], prefix)
    for names in heard:
        joints.hear(names)
    assert said in joints.missing("/joint_states", "ur5e")


def test_the_likest_sender_is_named():
    joints = HeardJoints(JOINTS)
    for _ in range(100):
        joints.hear(("finger",))
    joints.hear(("left_elbow", "left_shoulder"))
    assert "101 joint states arrived" in joints.missing("/joint_states", "ur5e")
    assert "tf_prefix:=left_" in joints.missing("/joint_states", "ur5e")


def test_a_sender_of_ever_new_names_fills_no_memory():
    joints = HeardJoints(JOINTS)
    for k in range(1000):
        joints.hear((f"joint_{k}",))
    assert len(joints._counts) <= 16
