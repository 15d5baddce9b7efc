from pathlib import Path

from setuptools import setup

VERSION = Path(__file__).resolve().parents[2] / "VERSION"

setup(
    name="rl-manip-ros2launch",
    version=VERSION.read_text(encoding="utf-8").strip(),
    description="`ros2 launch` where the real ros2launch package is absent",
    license="Apache-2.0",
    packages=["rl_manip_ros2launch"],
    entry_points={"ros2cli.command": ["launch = rl_manip_ros2launch.launch_command:LaunchCommand"]},
)
