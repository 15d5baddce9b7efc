"""Runs pytest in a ROS domain of its own, so that no test reaches a robot or another test run."""

from __future__ import annotations

import os
import sys

import domain_coordinator
import pytest


def keep_to_this_machine() -> None:
    """Limits discovery; ROS 2 from PyPI is limited to this machine by its profile already."""
    if os.environ.get("ROS_DISTRO") == "humble":
        os.environ["ROS_LOCALHOST_ONLY"] = "1"
    elif "RL_MANIP_ROS_FROM_PYPI" not in os.environ:
        os.environ.pop("ROS_LOCALHOST_ONLY", None)
        os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"


def main() -> int:
    """pytest's exit code for the command line's arguments, or for every test without arguments."""
    with domain_coordinator.domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        keep_to_this_machine()
        return pytest.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
