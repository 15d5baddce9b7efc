from setuptools import setup

setup(
    name="rl-manip-ros2launch",
    version="0.1.0",
    description="`ros2 launch` where the real ros2launch package is absent",
    license="Apache-2.0",
    packages=["rl_manip_ros2launch"],
    entry_points={"ros2cli.command": ["launch = rl_manip_ros2launch.launch_command:LaunchCommand"]},
)
