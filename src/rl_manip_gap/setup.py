from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

package_name = "rl_manip_gap"
version = ElementTree.parse(Path(__file__).resolve().with_name("package.xml")).findtext("version")

setup(
    name=package_name,
    version=version,
    packages=find_packages(exclude=["test"]),
    package_data={f"{package_name}.report": ["report.html.j2"]},
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
            "report = rl_manip_gap.commands.report:main",
            "export = rl_manip_gap.commands.export:main",
            "compare = rl_manip_gap.commands.compare:main",
            "identify = rl_manip_gap.commands.identify:main",
            "pair = rl_manip_gap.commands.pair:main",
            "from_csv = rl_manip_gap.commands.from_csv:main",
            "check_torques = rl_manip_gap.commands.check_torques:main",
            "excite_node = rl_manip_gap.ros.excite_node:main",
            "gap_node = rl_manip_gap.ros.gap_node:main",
        ],
    },
)
