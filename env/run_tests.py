"""Runs pytest in a ROS domain of its own, so that no test reaches a robot or another test run."""

from __future__ import annotations

import os
import sys

import domain_coordinator
import pytest


def main() -> int:
    """pytest's exit code for the command line's arguments, or for every test without arguments."""
    with domain_coordinator.domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        if os.environ.get("ROS_DISTRO") == "humble":
            os.environ["ROS_LOCALHOST_ONLY"] = "1"
        else:
            os.environ.pop("ROS_LOCALHOST_ONLY", None)
            os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
        return pytest.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
