"""Sockets that hold, whatever the environment says of discovery."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rl_manip_ros.transports import PROFILE, sockets_only

THIS_MACHINE = Path(__file__).resolve().parents[3] / "launch" / "fastdds_this_machine.xml"
# a node that says whether it maps shared memory of Fast DDS
NODE = """
import rclpy
from rl_manip_ros.transports import shared_memory_in_use
rclpy.init()
node = rclpy.create_node("example")
print(bool(shared_memory_in_use()))
"""


def maps_shared_memory(**changes: str) -> bool:
    environment = {k: v for k, v in os.environ.items() if k not in (PROFILE, *changes)}
    done = subprocess.run(
        [sys.executable, "-c", NODE],
        env={**environment, **changes},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip() == "True"


@pytest.mark.skipif(
    os.environ.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp") != "rmw_fastrtps_cpp"
    or os.environ.get("ROS_DISTRO") == "humble",
    reason="Fast DDS from Jazzy on",
)
def test_what_limits_discovery_turns_shared_memory_on_and_this_turns_it_off():
    limited = {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    assert maps_shared_memory(**limited, FASTDDS_BUILTIN_TRANSPORTS="UDPv4")
    assert not maps_shared_memory(**sockets_only(limited, str(THIS_MACHINE)))


def test_an_environment_without_a_limit_is_left_as_it_is():
    assert sockets_only({}, "profile.xml") == {"FASTDDS_BUILTIN_TRANSPORTS": "UDPv4"}


@pytest.mark.parametrize(
    "limit", [{"ROS_AUTOMATIC_DISCOVERY_RANGE": "localhost"}, {"ROS_LOCALHOST_ONLY": "1"}]
)
def test_the_limit_moves_into_the_profile(limit):
    given = sockets_only(limit, "profile.xml")
    assert given[PROFILE] == "profile.xml"
    assert given["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "SYSTEM_DEFAULT"
    assert given["ROS_LOCALHOST_ONLY"] == "0"


def test_a_profile_of_the_users_own_goes_before_ours():
    own = {"ROS_LOCALHOST_ONLY": "1", PROFILE: "mine.xml"}
    assert sockets_only(own, "profile.xml")[PROFILE] == "mine.xml"
