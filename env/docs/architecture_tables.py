"""The tables of the documents that the code itself fills: processes, topics, services, actions."""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Callable, Dict, List, NamedTuple, Sequence, Set

from facts import GRIPPER_COMMANDS, Link, links, needs

TOLD = {
    "torch": "torch",
    "mujoco": "MuJoCo",
    "mujoco_warp": "MuJoCo Warp",
    "onnxruntime": "onnxruntime",
    "viser": "viser",
    "rclpy": "rclpy",
    "scipy": "SciPy",
    "matplotlib": "Matplotlib",
}
"""What is worth saying of what a process imports, by module."""


class Process(NamedTuple):
    """A process of the workspace."""

    name: str
    module: str
    started_by: str


PROCESSES = (
    Process("policy_node", "rl_manip_deploy.ros.policy_node", "deploy_real, evaluate"),
    Process(
        "velocity_guard_node", "rl_manip_deploy.ros.velocity_guard_node", "the same, excite, probe"
    ),
    Process("guard_watchdog_node", "rl_manip_deploy.ros.guard_watchdog_node", "the same"),
    Process("driver_keeper", "rl_manip_deploy.ros.driver_keeper", "the same, with `robot_ip`"),
    Process("sim_arm_node", "rl_manip_sim.ros.sim_arm_node", "the same, with `hardware:=sim`"),
    Process("goal_server_node", "rl_manip_deploy.ros.goal_server_node", "deploy_real"),
    Process("scene_node", "rl_manip_deploy.ros.scene_node", "deploy_real, with `rviz:=true`"),
    Process("evaluate_node", "rl_manip_deploy.ros.evaluate_node", "evaluate"),
    Process("excite_node", "rl_manip_gap.ros.excite_node", "excite"),
    Process("probe_node", "rl_manip_gap.ros.probe_node", "probe"),
    Process("gap_node", "rl_manip_gap.ros.gap_node", "gap"),
    Process("cockpit_node", "rl_manip_cockpit.ros.cockpit_node", "cockpit, or `cockpit:=true`"),
    Process("train_node", "rl_manip_train.ros.train_node", "train"),
    Process("trainer", "rl_manip_train.commands.train", "train_node, or `ros2 run … train`"),
    Process("view", "rl_manip_cockpit.commands.view", "`ros2 run rl_manip_cockpit view`"),
    Process("watch", "rl_manip_cockpit.commands.watch", "`ros2 run rl_manip_cockpit watch`"),
    Process("report", "rl_manip_gap.commands.report", "`ros2 run rl_manip_gap report`"),
)


TABLES_OF = {
    Path("docs/architecture.md"): ("processes",),
    Path("docs/interfaces.md"): ("topics", "services", "actions"),
}
"""Which tables each document has."""


def with_tables(root: Path, document: Path) -> str:
    """A document with its tables as the code has them now.

    Args:
        document: one of `TABLES_OF`.

    Raises:
        ValueError: a table's marks are not there.
    """
    text = (root / document).read_text(encoding="utf-8")
    tables: Dict[str, Callable[[Path], str]] = {
        "processes": _processes,
        "topics": _topics,
        "services": _services,
        "actions": _actions,
    }
    for name in TABLES_OF[document]:
        table = tables[name]
        begin, end = f"<!-- {name}: written by `make docs` -->", f"<!-- end of {name} -->"
        marked = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not marked.search(text):
            raise ValueError(f"{document} lacks the lines {begin} and {end}.")
        filled = f"{begin}\n{table(root)}\n{end}"
        text = marked.sub(lambda _, filled=filled: filled, text)  # type: ignore[misc]
    return text


def _processes(root: Path) -> str:
    rows = []
    for process in PROCESSES:
        at_once = needs(root, process.module, eager=True)
        later = needs(root, process.module) - at_once
        rows.append([f"`{process.name}`", process.started_by, _told(at_once), _told(later) or "–"])
    return _table(["process", "started by", "imports", "and, where it is asked to"], rows)


def _told(modules: Set[str]) -> str:
    return ", ".join(name for module, name in TOLD.items() if module in modules)


def _topics(root: Path) -> str:
    names, rows = _interfaces(root), []
    found = {link for link in links(root) if link.way in ("in", "out")}
    for name in sorted({link.name for link in found}, key=lambda name: _shown(names, name)):
        topic = _made(names, name)
        kind = topic.type.replace("/msg/", "/")
        ends = [_nodes(found, name, way) for way in ("out", "in")]
        delivery = f"{topic.delivery.name.lower()}, {topic.kept}"
        rows.append([f"`{_shown(names, name)}`", kind, delivery, topic.rate, *ends])
    return _table(["topic", "type", "delivery", "rate", "sent by", "read by"], rows)


def _services(root: Path) -> str:
    names, rows = _interfaces(root), []
    found = {link for link in links(root) if link.way in ("calls", "serves")}
    for name in sorted({link.name for link in found}, key=lambda name: _shown(names, name)):
        ends = [_nodes(found, name, way) for way in ("serves", "calls")]
        kind = _made(names, name).type.replace("/srv/", "/")
        rows.append([f"`{_shown(names, name)}`", kind, *ends])
    return _table(["service", "type", "answered by", "called by"], rows)


def _actions(root: Path) -> str:
    names = _interfaces(root)
    rows = []
    for link in sorted(link for link in links(root) if link.way == "acts"):
        kind = _made(names, link.name).type.replace("/action/", "/")
        rows.append([f"`{_shown(names, link.name)}`", kind, link.node])
    return _table(["action", "type", "served by"], rows)


def _nodes(found: Set[Link], name: str, way: str) -> str:
    return ", ".join(sorted(link.node for link in found if (link.name, link.way) == (name, way)))


def _shown(names: ModuleType, name: str) -> str:
    return str(_made(names, name).name)


@functools.lru_cache(maxsize=None)
def _made(names: ModuleType, name: str):  # type: ignore[no-untyped-def]
    """The topic or service; one that is named by the arm's file as the UR5e's has it."""
    from rl_manip_description import load_arm

    driver = load_arm("ur5e").controller
    arguments = {
        "joint_states": driver.joint_state_topic,
        "controller_commands": driver.command_topic,
        "trajectory_commands": driver.trajectory_topic,
        "program_running": driver.program_running_topic,
        "metric": "<name>",
        "goal_action": "<task>",
        "enable_switch": "<enable_topic>",
    }
    if name == GRIPPER_COMMANDS:
        topic = load_arm("ur5e", "robotiq_2f85").gripper.command_topic
        return names.controller_commands(topic)
    thing = getattr(names, name)
    return thing(arguments.get(name, f"<{name}>")) if callable(thing) else thing


def _interfaces(root: Path) -> ModuleType:
    for package in ("rl_manip_ros", "rl_manip_description"):
        path = str(root / "src" / package)
        if path not in sys.path:
            sys.path.insert(0, path)
    from rl_manip_ros import interfaces

    return interfaces


def _table(head: Sequence[str], rows: Sequence[List[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell or " " for cell in line) + " |" for line in lines)
