from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

PACKAGE = "rl_manip_train"
version = ElementTree.parse(Path(__file__).resolve().with_name("package.xml")).findtext("version")
start = "rl_manip_ros.process_start"
# each in a module of its own, whose `main` it is
commands = ("train", "evaluate", "export", "compare", "render", "import_policy")
nodes = ("train_node",)

setup(
    name=PACKAGE,
    version=version,
    packages=find_packages(exclude=["test"]),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/" + PACKAGE]),
        ("share/" + PACKAGE, ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="rl_manip maintainers",
    maintainer_email="rl-manip@example.org",
    description="Learning manipulation: tasks, rewards, PPO, evaluation, export, a training node",
    license="Apache-2.0",
    extras_require={"test": ["pytest"]},
    entry_points={
        "console_scripts": [
            *(f"{name} = {start}:command.rl_manip_train.commands.{name}" for name in commands),
            *(f"{name} = {start}:node.rl_manip_train.ros.{name}" for name in nodes),
        ],
    },
)
