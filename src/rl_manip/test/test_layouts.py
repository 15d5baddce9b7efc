"""Layouts show topics that exist, and are files that the tools can read."""

import json
import re
from pathlib import Path

import yaml

from rl_manip_ros.interfaces import SCENE_MARKERS

PACKAGE = Path(__file__).resolve().parents[1]
TOPICS = {
    "/joint_states",
    "/policy/command",
    "/forward_velocity_controller/commands",
    "/velocity_guard_node/state",
    "/diagnostics",
}


def test_foxglove_layout_shows_the_deployment_s_topics():
    layout = json.loads((PACKAGE / "foxglove" / "deployment.json").read_text())
    panels = layout["configById"]
    shown = set(re.findall(r"/[a-z_/]+[a-z]", json.dumps(panels)))
    assert shown == TOPICS
    placed = re.findall(r'"(\w+!\w+)"', json.dumps(layout["layout"]))
    assert sorted(placed) == sorted(panels)


def test_rviz_layout_is_fixed_to_the_base_frame():
    config = yaml.safe_load((PACKAGE / "rviz" / "arm.rviz").read_text())["Visualization Manager"]
    assert config["Global Options"]["Fixed Frame"] == "base_link"
    for name, topic in (("Goal", "/goal_pose"), ("Object", "/object_pose")):
        pose = next(d for d in config["Displays"] if d["Name"] == name)
        assert pose["Topic"]["Value"] == topic
    scene = next(d for d in config["Displays"] if d["Name"] == "Scene")
    assert scene["Topic"]["Value"] == SCENE_MARKERS.resolved()
