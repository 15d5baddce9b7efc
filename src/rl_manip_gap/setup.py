from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

package_name = "rl_manip_gap"
version = ElementTree.parse(Path(__file__).resolve().with_name("package.xml")).findtext("version")
start = "rl_manip_ros.process_start"
# each in a module of its own, whose `main` it is
commands = ("report", "export", "compare", "identify", "pair", "from_csv", "check_torques")
nodes = ("excite_node", "gap_node", "probe_node")

setup(
    name=package_name,
    version=version,
    packages=find_packages(exclude=["test"]),
    package_data={f"{package_name}.report": ["templates/*.j2"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/" + package_name]),
        ("share/" + package_name, ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=False,
    maintainer="rl_manip maintainers",
    maintainer_email="rl-manip@example.org",
    description="The sim-to-real gap in numbers: bag reading, metrics, replay, report",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            *(f"{name} = {start}:command.rl_manip_gap.commands.{name}" for name in commands),
            *(f"{name} = {start}:node.rl_manip_gap.ros.{name}" for name in nodes),
        ],
    },
)
