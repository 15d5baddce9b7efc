from glob import glob
from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

package_name = "rl_manip_description"
version = ElementTree.parse(Path(__file__).resolve().with_name("package.xml")).findtext("version")

setup(
    name=package_name,
    version=version,
    packages=find_packages(exclude=["test"]),
    package_data={package_name: ["arms/**/*.urdf", "arms/**/*.yaml", "grippers/*.yaml"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{package_name}"]),
        (f"share/{package_name}", ["package.xml"]),
        *(
            (f"share/{folder}", sorted(glob(f"{folder}/*.*")))
            for folder in sorted(glob(f"{package_name}/arms/*/**/", recursive=True))
        ),
        (f"share/{package_name}/grippers", sorted(glob(f"{package_name}/grippers/*"))),
    ],
    install_requires=["setuptools", "numpy", "onnxruntime", "PyYAML"],
    python_requires=">=3.8",
    zip_safe=False,
    entry_points={
        "console_scripts": [
            "import_arm = rl_manip_description.importing.import_arm:main",
        ],
    },
    maintainer="rl_manip maintainers",
    maintainer_email="rl-manip@example.org",
    description="Robot arms as data: URDF, limits, controller names, kinematics, policy contract.",
    license="Apache-2.0",
)
