from setuptools import setup

setup(
    name="rl-manip-ros2bag",
    version="0.1.0",
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
