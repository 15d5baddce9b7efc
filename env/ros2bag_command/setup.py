from pathlib import Path

from setuptools import setup

VERSION = Path(__file__).resolve().parents[2] / "VERSION"

setup(
    name="rl-manip-ros2bag",
    version=VERSION.read_text(encoding="utf-8").strip(),
    description="`ros2 bag record, info, play` where the real ros2bag package is absent",
    license="Apache-2.0",
    packages=["rl_manip_ros2bag"],
    entry_points={
        "ros2cli.command": ["bag = rl_manip_ros2bag.bag_command:BagCommand"],
        "ros2bag.verb": [
            "record = rl_manip_ros2bag.record_verb:RecordVerb",
            "info = rl_manip_ros2bag.info_verb:InfoVerb",
            "play = rl_manip_ros2bag.play_verb:PlayVerb",
        ],
    },
)
