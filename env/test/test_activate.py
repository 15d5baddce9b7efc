"""`source env/activate`: what it sets, what it leaves alone, what it says before set-up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELLS = [shell for shell in ("bash", "zsh") if shutil.which(shell)]

from_pypi = pytest.mark.skipif(
    "RL_MANIP_ROS_FROM_PYPI" not in os.environ, reason="ROS 2 is an installed one"
)


def sourced(script: str, root: Path = ROOT, shell: str = "bash", **variables: str):
    """Run `script` in a bare shell that has sourced the environment, away from the checkout."""
    bare = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **variables}
    command = [shell, "-c", f"cd / && source '{root}/env/activate' && {script}"]
    return subprocess.run(command, env=bare, capture_output=True, text=True)


@pytest.mark.parametrize("shell", SHELLS)
@from_pypi
def test_bare_shell_gets_everything(shell):
    script = 'echo "$ROS_DISTRO $ROS_AUTOMATIC_DISCOVERY_RANGE $RL_MANIP_ROOT"; command -v ros2'
    done = sourced(script, shell=shell)
    assert done.stdout.splitlines() == [
        f"{os.environ['ROS_DISTRO']} SYSTEM_DEFAULT {ROOT}",
        f"{ROOT}/.venv/bin/ros2",
    ]
    assert done.stderr == ""


@from_pypi
def test_packages_of_the_workspace_are_found():
    done = sourced("ros2 pkg prefix rl_manip_description")
    assert done.stdout.strip() == str(ROOT / "install" / "rl_manip_description")


@from_pypi
def test_the_users_own_choices_stay():
    done = sourced(
        'echo "$ROS_AUTOMATIC_DISCOVERY_RANGE $ROS_DOMAIN_ID $MUJOCO_GL $ROS_LOG_DIR"',
        ROS_AUTOMATIC_DISCOVERY_RANGE="SUBNET",
        ROS_DOMAIN_ID="7",
        MUJOCO_GL="osmesa",
        ROS_LOG_DIR="/logs",
    )
    assert done.stdout == "SUBNET 7 osmesa /logs\n"


@from_pypi
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_another_user_has_logs_of_his_own():
    script = f'. "{ROOT}/.venv/rl_manip_environment.sh"; echo "log: ${{ROS_LOG_DIR:-}}"'
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "log: \n", done.stderr


@from_pypi
def test_sourcing_twice_doubles_no_prefix():
    done = sourced(f'source "{ROOT}/env/activate"; echo "$AMENT_PREFIX_PATH"')
    prefixes = done.stdout.strip().split(":")
    assert prefixes[-1] == str(ROOT / ".venv")
    assert len(prefixes) == len(set(prefixes))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_that_ends_at_every_mistake_goes_on_and_stays_so_strict(shell):
    strict = f"set -euo pipefail; cd /; source '{ROOT}/env/activate'; source '{ROOT}/env/activate'"
    bare = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    for mistake in ("false", 'echo "$not_set"'):
        script = f"{strict}; command -v colcon; {mistake}; echo not reached"
        done = subprocess.run([shell, "-c", script], env=bare, capture_output=True, text=True)
        assert done.stdout == f"{ROOT}/.venv/bin/colcon\n", done.stderr
        assert done.returncode != 0


def test_in_another_virtual_environment_this_one_counts(tmp_path):
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", other], check=True)
    script = f"source '{other}/bin/activate' && source '{ROOT}/env/activate'"
    show = 'command -v python; echo "$VIRTUAL_ENV"; python -c "import rl_manip_deploy, rclpy"'
    bare = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(
        ["bash", "-c", f"cd / && {script} && {show}"], env=bare, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [f"{ROOT}/.venv/bin/python", f"{ROOT}/.venv"]
    assert done.stderr == ""


def test_a_checkout_that_is_not_set_up(checkout):
    done = sourced("echo reached", root=checkout)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (f"activate: {checkout} is not set up; run 'make setup' there first.\n")
