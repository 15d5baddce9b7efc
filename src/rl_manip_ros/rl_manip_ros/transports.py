"""Which transports Fast DDS really uses: sockets, or shared memory with its locks."""

from __future__ import annotations

from typing import Dict, Mapping

PROFILE = "FASTRTPS_DEFAULT_PROFILES_FILE"
_RANGE, _LOCALHOST_ONLY = "ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOCALHOST_ONLY"


def sockets_only(environment: Mapping[str, str], this_machine: str) -> Dict[str, str]:
    """Variables with which a process of the robot talks by sockets, never by shared memory.

    ``FASTDDS_BUILTIN_TRANSPORTS`` alone has no effect where discovery is limited to this machine:
    there ROS 2 sets the transports itself, shared memory among them.

    Args:
        environment: of this process.
        this_machine: profile file with sockets on the loopback interface only.
    """
    sockets = {"FASTDDS_BUILTIN_TRANSPORTS": "UDPv4"}
    limited = (
        environment.get(_RANGE, "").upper() == "LOCALHOST"
        or environment.get(_LOCALHOST_ONLY, "0") == "1"
    )
    if not limited:
        return sockets
    # the profile takes over the limit, and a profile of the user's own goes before it
    profile = environment.get(PROFILE) or this_machine
    return {**sockets, _RANGE: "SYSTEM_DEFAULT", _LOCALHOST_ONLY: "0", PROFILE: profile}


def shared_memory_in_use() -> str:
    """A sentence where this process maps shared memory of Fast DDS; empty where it does not."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            used = any("/dev/shm/fastrtps_" in line or "/dev/shm/fastdds_" in line for line in maps)
    except OSError:
        return ""
    if not used:
        return ""
    return (
        "Fast DDS uses shared memory here, which lets another process hold this one up, and "
        f"terminals of other users get no answer: unset {_RANGE} and {_LOCALHOST_ONLY}, or give a "
        f"{PROFILE} without shared memory."
    )
