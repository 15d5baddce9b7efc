from glob import glob
from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

package_name = "rl_manip"
version = ElementTree.parse(Path(__file__).resolve().with_name("package.xml")).findtext("version")
share = f"share/{package_name}"
# launch files and policies lie at the top of the checkout, where people look for them
policies = [
    (f"{share}/{folder.relative_to('../..')}", sorted(glob(f"{folder}/*")))
    for folder in sorted(path.parent for path in Path("../../policies").rglob("policy.onnx"))
]

launch_files = [
    file
    for ending in ("launch.py", "yaml", "xml")
    for file in sorted(glob(f"../../launch/*.{ending}"))
]

setup(
    name=package_name,
    version=version,
    packages=find_packages(exclude=["test"]),
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{package_name}"]),
        (share, ["package.xml"]),
        (f"{share}/launch", launch_files),
        (f"{share}/rviz", sorted(glob("rviz/*.rviz"))),
        (f"{share}/foxglove", sorted(glob("foxglove/*.json"))),
        *policies,
    ],
    install_requires=["setuptools"],
    python_requires=">=3.10",
    zip_safe=False,
    maintainer="rl_manip maintainers",
    maintainer_email="rl-manip@example.org",
    description="Bringup: launch files, layouts, and the demonstration of the whole loop.",
    license="Apache-2.0",
    entry_points={"console_scripts": ["demo = rl_manip_ros.process_start:command.rl_manip.demo"]},
)
