from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

PACKAGE = "rl_manip_train"
version = ElementTree.parse(Path(__file__).resolve().with_name("package.xml")).findtext("version")

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
            "train = rl_manip_train.commands.train:main",
            "evaluate = rl_manip_train.commands.evaluate:main",
            "export = rl_manip_train.commands.export:main",
            "compare = rl_manip_train.commands.compare:main",
            "render = rl_manip_train.commands.render:main",
            "train_node = rl_manip_train.ros.train_node:main",
        ],
    },
)
