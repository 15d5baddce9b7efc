"""Names of topics, and how they are sent and read."""

from __future__ import annotations

import subprocess
import sys

import pytest
from rclpy.qos import DurabilityPolicy, QoSCompatibility, ReliabilityPolicy, qos_check_compatible
from rosidl_runtime_py.utilities import get_action, get_message, get_service

from rl_manip_ros import interfaces
from rl_manip_ros.endpoints import reader_qos, require_action, sender_qos
from rl_manip_ros.interfaces import GUARD_STATE, PAUSE_PROGRAM, POLICY_COMMAND, Service, Topic

NAMED = {
    name: value for name, value in vars(interfaces).items() if isinstance(value, (Topic, Service))
}


def test_a_driver_that_does_not_say_whether_it_follows_commands_has_no_topic_for_it():
    assert interfaces.program_running("") is None
    assert interfaces.program_running("/running").resolved() == "/running"


def test_a_name_follows_the_namespace():
    assert POLICY_COMMAND.resolved() == "/policy/command"
    assert POLICY_COMMAND.resolved("/left") == "/left/policy/command"
    assert interfaces.DIAGNOSTICS.resolved("/left") == "/diagnostics"
    assert interfaces.joint_states("/joint_states").resolved("left/arm") == "/left/arm/joint_states"
    assert PAUSE_PROGRAM.resolved("left") == "/left/dashboard_client/pause"
    assert interfaces.goal_action("reach").resolved("left") == "/left/goal_server_node/reach"


def test_a_reader_of_several_latched_senders_keeps_what_each_says():
    qos = reader_qos(interfaces.TF_STATIC, 100)
    assert (qos.depth, qos.durability) == (100, DurabilityPolicy.TRANSIENT_LOCAL)
    assert reader_qos(GUARD_STATE).depth == 1


@pytest.mark.parametrize("name", NAMED)
def test_types_exist_and_senders_and_readers_match(name):
    entry = NAMED[name]
    if entry.type.split("/")[0] in ("controller_manager_msgs", "ur_dashboard_msgs", "tf2_msgs"):
        pytest.importorskip(entry.type.split("/")[0], reason="only beside a robot's driver")
    if isinstance(entry, Service):
        assert get_service(entry.type)
        return
    assert get_message(entry.type)
    compatible, reason = qos_check_compatible(sender_qos(entry), reader_qos(entry))
    assert compatible != QoSCompatibility.ERROR, reason


def test_the_type_of_the_action_is_that_of_our_package():
    pytest.importorskip("rl_manip_interfaces", reason="rl_manip_interfaces is not built here")
    kind = get_action(interfaces.goal_action("reach").type)
    assert kind.Goal().time_limit == 0.0
    require_action(interfaces.DRIVE_TO)


def test_an_action_that_is_not_built_here_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match="no_such_package is not built here: run `make setup`"):
        require_action("no_such_package/action/DriveTo")


def test_who_comes_late_hears_a_latched_topic():
    assert sender_qos(GUARD_STATE).durability == DurabilityPolicy.TRANSIENT_LOCAL
    assert reader_qos(GUARD_STATE).durability == DurabilityPolicy.TRANSIENT_LOCAL


def test_a_stream_takes_every_sender():
    assert reader_qos(POLICY_COMMAND).reliability == ReliabilityPolicy.BEST_EFFORT


def test_names_need_no_ros():
    source = "import sys, rl_manip_ros.interfaces; sys.exit('rclpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", source], check=True)
