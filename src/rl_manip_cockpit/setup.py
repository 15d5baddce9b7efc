from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

package_name = "rl_manip_cockpit"
version = ElementTree.parse(Path(__file__).resolve().with_name("package.xml")).findtext("version")
command = "rl_manip_ros.process_start:command.rl_manip_cockpit.commands"

setup(
    name=package_name,
    version=version,
    packages=find_packages(exclude=["test"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/" + package_name]),
        ("share/" + package_name, ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=False,
    maintainer="rl_manip maintainers",
    maintainer_email="rl-manip@example.org",
    description="The cockpit: arm, guard, goal and stop on one page in a browser",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "cockpit_node = rl_manip_ros.process_start:node.rl_manip_cockpit.ros.cockpit_node",
            *(f"{name} = {command}.{name}" for name in ("view", "watch")),
        ],
    },
)
