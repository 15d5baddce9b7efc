"""docs/architecture.svg: packages, rooms and imports above, processes and topics below.

Boxes are placed by hand; what stands in them, and which arrows there are, comes from `facts`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Tuple
from xml.sax.saxutils import escape, quoteattr

from facts import imports, layers, modules_and_rooms, without_detours

WIDTH, HEIGHT = 1160, 1570
PROCESSES = 900
"""Where the lower half begins, from the top."""
HEADER, FLOOR = 48, 22
"""Heights of a package's title and of one of its floors."""
STRIP = 40
"""Letters that fit on a floor."""

STYLE = """
  svg { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-size: 13px;
        --paper: #ffffff; --box: #f4f6f8; --floor: #e4e9ee; --line: #8793a0; --ink: #1f2933;
        --soft: #52606d; --arrow: #1f6feb; --topic: #b3541e; --service: #6f42c1; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #12171d; --box: #1c242d; --floor: #2a3540; --line: #64727f; --ink: #e4e9ee;
          --soft: #a3b0bc; --arrow: #6cb0ff; --topic: #f0a06a; --service: #c4a5f7; }
  }
  .paper { fill: var(--paper); }
  .box { fill: var(--box); stroke: var(--line); }
  .frame { fill: none; stroke: var(--line); stroke-dasharray: 2 4; }
  .floor { fill: var(--floor); }
  text { fill: var(--ink); }
  .title { font-weight: 600; font-size: 14px; }
  .part { font-weight: 600; font-size: 17px; }
  .soft { fill: var(--soft); font-size: 12px; }
  .label { font-size: 12px; paint-order: stroke; stroke: var(--paper); stroke-width: 5px; }
  path { fill: none; stroke-width: 1.6px; }
  .imports { stroke: var(--arrow); } .tip-imports { fill: var(--arrow); stroke: none; }
  .topic { stroke: var(--topic); } .tip-topic { fill: var(--topic); stroke: none; }
  .service { stroke: var(--service); stroke-dasharray: 6 4; }
  .tip-service { fill: var(--service); stroke: none; }
  .pipe { stroke: var(--soft); } .tip-pipe { fill: var(--soft); stroke: none; }
"""


class Box(NamedTuple):
    """Where a box lies, and what it says."""

    x: int
    y: int
    width: int
    height: int
    about: str


PACKAGES: Dict[str, Tuple[int, int, str]] = {
    "rl_manip": (430, 60, "launch files, the demo"),
    "rl_manip_cockpit": (840, 60, "a page in the browser; viser"),
    "rl_manip_train": (20, 160, "tasks, learning, export; torch"),
    "rl_manip_gap": (430, 180, "bags, replay, report; MuJoCo"),
    "rl_manip_deploy": (840, 220, "policy and guard; no torch, no simulator"),
    "rl_manip_sim": (20, 470, "batched simulation, a stand-in arm"),
    "rl_manip_ros": (430, 545, "what every node shares"),
    "rl_manip_description": (430, 735, "arms as data, kinematics; numpy only"),
}
"""Left, top and purpose of each package."""
PACKAGE_WIDTH = 300
WAYS: Dict[Tuple[str, str], Sequence[Tuple[int, int]]] = {
    ("rl_manip_cockpit", "rl_manip_train"): ((990, 60), (990, 46), (170, 46), (170, 160)),
    ("rl_manip", "rl_manip_cockpit"): ((730, 95), (840, 95)),
    ("rl_manip_cockpit", "rl_manip_gap"): ((840, 192), (730, 192)),
    ("rl_manip_gap", "rl_manip_deploy"): ((730, 290), (840, 290)),
    ("rl_manip_train", "rl_manip_sim"): ((170, 414), (170, 470)),
    ("rl_manip_gap", "rl_manip_sim"): ((580, 388), (580, 500), (320, 500)),
    ("rl_manip_sim", "rl_manip_ros"): ((320, 600), (430, 600)),
    ("rl_manip_deploy", "rl_manip_ros"): ((990, 364), (990, 600), (730, 600)),
    ("rl_manip_ros", "rl_manip_description"): ((580, 689), (580, 735)),
}
"""Corners of each arrow; an arrow that is not here is drawn straight, and looks it."""

NODES: Dict[str, Box] = {
    "evaluate_node": Box(40, 1020, 200, 60, "sends goal after goal"),
    "goal_server_node": Box(40, 1087, 200, 56, "the same for an action's goal"),
    "recorder": Box(40, 1150, 200, 60, "ros2 bag record, writes bag/"),
    "policy_node": Box(330, 1020, 200, 60, "runs policy.onnx"),
    "probe_node": Box(330, 1087, 200, 56, "instead, on a new arm"),
    "excite_node": Box(330, 1150, 200, 60, "instead, to identify it"),
    "velocity_guard_node": Box(630, 1020, 200, 60, "the only way to the arm"),
    "guard_watchdog_node": Box(630, 1150, 200, 60, "stops the arm without guard"),
    "sim_arm_node": Box(930, 1020, 190, 60, "or the arm's driver"),
    "driver_keeper": Box(930, 1150, 190, 60, "starts and ends the driver"),
    "train_node": Box(40, 1370, 200, 60, "orders, metrics; no torch"),
    "trainer": Box(330, 1370, 200, 60, "torch; writes policy.onnx"),
    "gap_node": Box(630, 1370, 200, 60, "live figures; MuJoCo"),
    "report": Box(930, 1370, 190, 60, "bag/ to report.html"),
    "cockpit_node": Box(930, 1460, 190, 60, "the page in the browser"),
    "scene_node": Box(630, 1460, 200, 60, "markers for RViz"),
}
FRAMES = (
    (
        20,
        950,
        1120,
        328,
        "the robot's computer: no torch; a simulator in sim_arm_node, excite_node, probe_node",
    ),
    (20, 1320, 1120, 222, "this or any other computer"),
)


class Flow(NamedTuple):
    """An arrow between processes."""

    start: str
    end: str
    name: str
    """As `rl_manip_ros.interfaces` has it, or none of these for what is no topic and no service."""
    kind: str
    corners: Sequence[Tuple[int, int]]
    says: str = ""
    at: Tuple[int, int] = (0, 0)


FLOWS: List[Flow] = [
    Flow("evaluate_node", "policy_node", "GOAL_POSE", "topic", ((240, 1036), (330, 1036)),
         "goal_pose", (285, 1029)),
    Flow("goal_server_node", "policy_node", "GOAL_POSE", "topic",
         ((240, 1110), (285, 1110), (285, 1050), (330, 1050))),
    Flow("policy_node", "velocity_guard_node", "POLICY_COMMAND", "topic",
         ((530, 1036), (630, 1036)), "policy/command", (580, 1029)),
    Flow("excite_node", "velocity_guard_node", "POLICY_COMMAND", "topic",
         ((530, 1180), (570, 1180), (570, 1068), (630, 1068)), "policy/command", (562, 1122)),
    Flow("probe_node", "velocity_guard_node", "POLICY_COMMAND", "topic",
         ((530, 1115), (570, 1115), (570, 1068), (630, 1068))),
    Flow("velocity_guard_node", "sim_arm_node", "controller_commands", "topic",
         ((830, 1036), (930, 1036)), "commands", (880, 1029)),
    Flow("guard_watchdog_node", "sim_arm_node", "controller_commands", "topic",
         ((830, 1165), (880, 1165), (880, 1064), (930, 1064)), "zeros, pause", (880, 1112)),
    Flow("velocity_guard_node", "guard_watchdog_node", "GUARD_HEARTBEAT", "topic",
         ((680, 1080), (680, 1150)), "heartbeat", (686, 1105)),
    Flow("guard_watchdog_node", "velocity_guard_node", "WATCHDOG_HEARTBEAT", "topic",
         ((780, 1150), (780, 1080)), "heartbeat", (774, 1134)),
    Flow("velocity_guard_node", "policy_node", "GUARD_STATE", "topic",
         ((700, 1020), (700, 998), (430, 998), (430, 1020)), "velocity_guard_node/state",
         (565, 993)),
    Flow("velocity_guard_node", "evaluate_node", "GUARD_STATE", "topic",
         ((700, 1020), (700, 998), (170, 998), (170, 1020))),
    Flow("evaluate_node", "velocity_guard_node", "GUARD_ARM", "service",
         ((90, 1020), (90, 978), (770, 978), (770, 1020)), "velocity_guard_node/arm", (300, 973)),
    Flow("driver_keeper", "sim_arm_node", "", "pipe", ((1060, 1150), (1060, 1080)),
         "starts, ends", (1060, 1118)),
    Flow("sim_arm_node", "evaluate_node", "joint_states", "topic",
         ((1120, 1050), (1130, 1050), (1130, 1245), (270, 1245), (270, 1064), (240, 1064)),
         "joint_states", (990, 1240)),
    Flow("sim_arm_node", "policy_node", "joint_states", "topic",
         ((310, 1245), (310, 1064), (330, 1064))),
    Flow("sim_arm_node", "excite_node", "joint_states", "topic", ((430, 1245), (430, 1210))),
    Flow("sim_arm_node", "probe_node", "joint_states", "topic", ((310, 1115), (330, 1115))),
    Flow("sim_arm_node", "velocity_guard_node", "joint_states", "topic",
         ((600, 1245), (600, 1052), (630, 1052))),
    Flow("sim_arm_node", "recorder", "", "topic", ((270, 1245), (140, 1245), (140, 1210)),
         "and all the others", (205, 1240)),
    Flow("sim_arm_node", "gap_node", "joint_states", "topic", ((700, 1245), (700, 1370))),
    Flow("velocity_guard_node", "gap_node", "GUARD_SENT", "topic",
         ((830, 1074), (850, 1074), (850, 1300), (760, 1300), (760, 1370)),
         "velocity_guard_node/sent", (940, 1304)),
    Flow("sim_arm_node", "cockpit_node", "joint_states", "topic",
         ((1130, 1245), (1130, 1490), (1120, 1490))),
    Flow("cockpit_node", "velocity_guard_node", "GUARD_STOP", "service",
         ((930, 1490), (900, 1490), (900, 1100), (815, 1100), (815, 1080)), "arm, stop",
         (900, 1345)),
    Flow("train_node", "trainer", "", "pipe", ((240, 1390), (330, 1390)), "orders", (285, 1383)),
    Flow("trainer", "train_node", "", "pipe", ((330, 1415), (240, 1415)), "events", (285, 1431)),
]  # fmt: skip
"""What is drawn: the way of a command to the arm and back; every other topic is in the tables."""


def picture(root: Path) -> str:
    """The whole picture as SVG text."""
    parts = [f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>']
    parts += [_text(20, 36, "Packages: an arrow says “imports”", "part")]
    parts += _packages(root)
    parts += [_text(20, PROCESSES + 26, "Processes, while a policy drives an arm", "part")]
    parts += _processes()
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-labelledby="title">',
            '<title id="title">rl_manip: packages and their imports, processes and their topics'
            "</title>",
            f"<style>{STYLE}</style>",
            *parts,
            "</svg>\n",
        ]
    )


def _packages(root: Path) -> List[str]:
    floors = {
        name: floors or _wrapped(modules_and_rooms(root, name))
        for name, floors in layers(root).items()
    }
    heights = {name: HEADER + FLOOR * len(strips) + 8 for name, strips in floors.items()}
    parts = []
    for source, target in sorted(without_detours(imports(root))):
        straight = tuple(
            (PACKAGES[name][0] + PACKAGE_WIDTH // 2, PACKAGES[name][1]) for name in (source, target)
        )
        corners = _from_below(source, WAYS.get((source, target), straight), heights[source])
        parts.append(_arrow(source, target, "", "imports", corners))
    for name, (x, y, about) in PACKAGES.items():
        parts.append(f'<g id="{name}" class="package">')
        parts.append(_rectangle(x, y, PACKAGE_WIDTH, heights[name], "box"))
        parts.append(_text(x + 12, y + 20, name, "title"))
        parts.append(_text(x + 12, y + 38, about, "soft"))
        for index, rooms in enumerate(floors[name]):
            top = y + HEADER + FLOOR * index
            parts.append(_rectangle(x + 8, top, PACKAGE_WIDTH - 16, FLOOR - 3, "floor"))
            parts.append(_text(x + 16, top + 14, " · ".join(rooms), "room"))
        parts.append("</g>")
    notes = (
        "An arrow that two others make up is left out.",
        "Strips are floors: a room imports rooms on floors",
        "below its own, and none beside or above it.",
        "rclpy is imported in rooms called ros and in",
        "rl_manip_ros only.",
    )
    return [*parts, *(_text(840, 740 + 20 * i, note, "soft") for i, note in enumerate(notes))]


def _from_below(
    source: str, corners: Sequence[Tuple[int, int]], height: int
) -> Sequence[Tuple[int, int]]:
    """The corners of an arrow; one that goes down begins where its box ends."""
    (x, y), (next_x, next_y) = corners[:2]
    left, top, _ = PACKAGES[source]
    if left < x < left + PACKAGE_WIDTH and x == next_x and next_y > y:
        return [(x, top + height), *corners[1:]]
    return corners


def _wrapped(names: Sequence[str]) -> List[List[str]]:
    """Names side by side, in as many strips as they need."""
    strips: List[List[str]] = [[]]
    for name in names:
        if len(" · ".join([*strips[-1], name])) > STRIP:
            strips.append([])
        strips[-1].append(name)
    return strips


def _processes() -> List[str]:
    parts = []
    for x, y, width, height, about in FRAMES:
        parts.append(_rectangle(x, y, width, height, "frame"))
        parts.append(_text(x + 14, y + height - 10, about, "soft"))
    for flow in FLOWS:
        parts.append(_arrow(flow.start, flow.end, flow.name, flow.kind, flow.corners))
    for name, box in NODES.items():
        parts.append(f'<g id="{name}" class="process">')
        parts.append(_rectangle(box.x, box.y, box.width, box.height, "box"))
        parts.append(_text(box.x + 12, box.y + 25, name, "title"))
        parts.append(_text(box.x + 12, box.y + 45, box.about, "soft"))
        parts.append("</g>")
    for flow in FLOWS:
        if flow.says:
            parts.append(_text(*flow.at, flow.says, "label", middle=True))
    return parts


def _arrow(start: str, end: str, name: str, kind: str, corners: Sequence[Tuple[int, int]]) -> str:
    (x0, y0), (x, y) = corners[-2], corners[-1]
    dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
    tip = [(x, y), (x - 9 * dx - 4 * dy, y - 9 * dy - 4 * dx)]
    tip.append((x - 9 * dx + 4 * dy, y - 9 * dy + 4 * dx))
    line = "M" + " L".join(f"{a},{b}" for a, b in [*corners[:-1], (x - 8 * dx, y - 8 * dy)])
    facts = f"data-from={quoteattr(start)} data-to={quoteattr(end)}"
    facts += f" data-name={quoteattr(name)}" if name else ""
    points = " ".join(f"{a},{b}" for a, b in tip)
    return (
        f'<path class="{kind}" {facts} d="{line}"/><polygon class="tip-{kind}" points="{points}"/>'
    )


def _rectangle(x: int, y: int, width: int, height: int, kind: str) -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="5"/>'


def _text(x: int, y: int, says: str, kind: str, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text class="{kind}" x="{x}" y="{y}"{anchor}>{escape(says)}</text>'
