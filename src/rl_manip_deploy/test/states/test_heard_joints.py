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


def test_rate_senders_and_what_is_wrong_are_said():
    joints = HeardJoints(JOINTS)
    for k in range(50):
        # 500 a second, and a look that began later
        joints.hear(JOINTS, 10.0 + 0.002 * k + (3.0 if k > 25 else 0.0))
    said = joints.missing("/joint_states", "ur5e", "joint state is not finite", ["talker"])
    assert said == (
        "50 joint states arrived on /joint_states (about 500 a second, from talker), of shoulder, "
        "elbow: all joints of the ur5e are there, but not in values that can be used (joint state "
        "is not finite)"
    )


def test_joints_in_several_messages_are_said_to_belong_together():
    joints = HeardJoints(JOINTS)
    for names in (("elbow", "finger"), ("shoulder",)):
        joints.hear(names)
    said = joints.missing("/joint_states", "ur5e")
    assert said.endswith("come in messages of their own, let one node send all of them together")


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (
            1.0,
            "(about 1 a second), of shoulder, elbow: all joints of the ur5e are there, but more",
        ),
        (
            0.1,
            "(about 10 a second), of shoulder, elbow: all joints of the ur5e are there, but more",
        ),
        (0.03, "but not in values that can be used"),
    ],
)
def test_joint_states_that_come_too_rarely_are_said_to(period, said):
    joints = HeardJoints(JOINTS, longest=0.05)
    for k in range(20):
        joints.hear(JOINTS, 10.0 + period * k)
    assert said in joints.missing("/joint_states", "ur5e", "joint state is 0.500 s old")


@pytest.mark.parametrize(
    ("senders", "elsewhere", "said"),
    [
        (["driver"], [], "nothing arrives on /joint_states, which driver publishes: see whether"),
        ([], ["/cell/joint_states"], "but there is /cell/joint_states: give namespace:=cell"),
        ([], ["/ur/states"], "have another name; there is /ur/states, too"),
    ],
)
def test_where_nothing_arrives_it_says_who_could_send(senders, elsewhere, said):
    heard = HeardJoints(JOINTS)
    assert said in heard.missing("/joint_states", "ur5e", "", senders, elsewhere)


def test_another_topic_may_have_the_joint_that_is_missing():
    joints = HeardJoints(JOINTS)
    joints.hear(["finger"])
    said = joints.missing("/joint_states", "ur5e", elsewhere=["/arm/joint_states"])
    assert said.endswith("driver does; there is /arm/joint_states, too")
