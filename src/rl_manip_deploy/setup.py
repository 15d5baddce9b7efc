from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

package_name = "rl_manip_deploy"
version = ElementTree.parse(Path(__file__).resolve().with_name("package.xml")).findtext("version")
start = "rl_manip_ros.process_start"
# each in a module of its own, whose `main` it is
nodes = (
    "policy_node",
    "velocity_guard_node",
    "guard_watchdog_node",
    "evaluate_node",
    "goal_server_node",
    "scene_node",
    "driver_keeper",
)

setup(
    name=package_name,
    version=version,
    packages=find_packages(exclude=["test"]),
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{package_name}"]),
        (f"share/{package_name}", ["package.xml"]),
    ],
    install_requires=["setuptools", "numpy", "onnxruntime", "PyYAML"],
    python_requires=">=3.10",
    zip_safe=False,
    maintainer="rl_manip maintainers",
    maintainer_email="rl-manip@example.org",
    description="Runs a trained policy on an arm: policy node, velocity guard, evaluation.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [f"{name} = {start}:node.rl_manip_deploy.ros.{name}" for name in nodes],
    },
)
