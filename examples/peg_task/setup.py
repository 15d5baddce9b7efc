from setuptools import find_packages, setup

package_name = "peg_task"

setup(
    name=package_name,
    version="0.1.0",
    packages=find_packages(exclude=["test"]),
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{package_name}"]),
        (f"share/{package_name}", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="rl_manip maintainers",
    maintainer_email="rl-manip@example.org",
    description="A task for rl_manip that lives in a package of its own: put a peg into a hole.",
    license="Apache-2.0",
    # this is all that rl_manip needs to find it: name = module:class
    entry_points={"rl_manip.tasks": ["insert_peg = peg_task.insert_peg:InsertPegTask"]},
)
