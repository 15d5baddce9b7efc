"""The variables that ROS 2 from PyPI needs, as a file that env/activate sources."""

from __future__ import annotations

import shlex
from pathlib import Path

from virtual_environment import VirtualEnvironment

FROM_PYPI = """\
export ROS_DISTRO={distro} ROS_VERSION=2 ROS_PYTHON_VERSION=3
export AMENT_PREFIX_PATH={venv}
# The wheels' libraries; with the second variable set, Python does not start twice to set the first.
export LD_LIBRARY_PATH={libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}
export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
# The only middleware among the wheels.
export RMW_IMPLEMENTATION=rmw_fastrtps_cpp
# Another user may not write into the checkout: his logs go where ROS 2 puts them by itself.
if [ -w "{root}" ]; then
    export ROS_LOG_DIR="${{ROS_LOG_DIR:-{root}/log/ros}}"
fi
# Nodes of this machine only, unless the user has said something else. ROS 2's own LOCALHOST would
# turn shared memory on, so the limit is in the profile.
if [ -z "${{ROS_AUTOMATIC_DISCOVERY_RANGE:-}}${{ROS_LOCALHOST_ONLY:-}}" ]; then
    export ROS_AUTOMATIC_DISCOVERY_RANGE=SYSTEM_DEFAULT
    export FASTRTPS_DEFAULT_PROFILES_FILE={root}/launch/fastdds_this_machine.xml
fi
if [ -z "${{FASTRTPS_DEFAULT_PROFILES_FILE:-}}" ]; then
    export FASTRTPS_DEFAULT_PROFILES_FILE={root}/env/fastdds_network.xml
fi
export RL_MANIP_ROS_FROM_PYPI=1
"""

INSTALLED = """\
if [ "${{ROS_DISTRO:-}}" != {distro} ]; then
    echo "activate: this checkout was set up with ROS 2 {distro}; source that first, or run" \\
        "'make setup' in this shell." >&2
    return 1
fi
"""


LOCAL_SETUP = """\
# colcon looks for this file in a prefix of ament packages; env/activate sets the environment.
"""


def write_shell_environment(venv: VirtualEnvironment) -> Path:
    """Write .venv/rl_manip_environment.sh and return its path."""
    if venv.machine.installed_ros:
        text = INSTALLED.format(distro=shlex.quote(venv.machine.installed_ros))
    else:
        libraries = [venv.path / "lib", *sorted(venv.site_packages().glob("ros_*.libs"))]
        text = FROM_PYPI.format(
            venv=shlex.quote(str(venv.path)),
            libraries=shlex.quote(":".join(map(str, libraries))),
            root=venv.root,
            distro=venv.machine.wheels,
        )
        for ending in ("sh", "bash", "zsh"):
            (venv.path / f"local_setup.{ending}").write_text(LOCAL_SETUP, encoding="utf-8")
    path = venv.path / "rl_manip_environment.sh"
    path.write_text(text, encoding="utf-8")
    return path
