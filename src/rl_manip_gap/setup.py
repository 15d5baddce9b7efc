from setuptools import setup

package_name = "rl_manip_gap"

setup(
    name=package_name,
    version="0.1.0",
    packages=[package_name],
    package_data={package_name: ["report.html.j2"]},
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
            "report = rl_manip_gap.report_command:main",
            "compare = rl_manip_gap.compare_command:main",
            "identify = rl_manip_gap.identify_command:main",
            "pair = rl_manip_gap.pair_command:main",
            "from_csv = rl_manip_gap.from_csv_command:main",
            "check_torques = rl_manip_gap.torque_check_command:main",
            "excite_node = rl_manip_gap.excite_node:main",
            "gap_node = rl_manip_gap.gap_node:main",
        ],
    },
)
