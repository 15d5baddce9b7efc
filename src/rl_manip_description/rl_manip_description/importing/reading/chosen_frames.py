"""Which of a URDF's frames an arm goes from and to, and the joints between them."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple
from xml.etree import ElementTree

from rl_manip_description.importing.reading.urdf_source import ImportArmError
from rl_manip_description.kinematics.urdf_chain import end_of


class Frames(NamedTuple):
    """From base to tool."""

    base: str
    tool: str
    joint_names: List[str]  # every joint between them that is not fixed
    chosen: bool  # whether somebody said so; else found as the longest chain


def choose_frames(
    root: ElementTree.Element,
    source: str,
    base: str,
    tool: str,
    chains: Sequence[Tuple[str, str]],
) -> Frames:
    """What was asked for, else an SRDF's first chain, else the way with most joints.

    Args:
        base, tool: frames; empty where nobody says.
        chains: base and tip of the SRDF's groups.

    Raises:
        ImportArmError: there is no such frame, or no joint between them.
    """
    links = [link.get("name", "") for link in root.findall("link")]
    joint_to = {end_of(joint, "child", source): joint for joint in root.findall("joint")}
    for what, frame in (("--base", base), ("--tool", tool)):
        if frame and frame not in links:
            raise ImportArmError(
                f"{what} is {frame!r}, expected a link of {source}: {', '.join(links)}."
            )
    known = [chain for chain in chains if set(chain) <= set(links)]
    chosen = bool(base and tool) or bool(known)
    roots = [link for link in links if link not in joint_to]
    if not roots:
        raise ImportArmError(f"{source} has no root: its joints go round in a circle.")
    base = base or (known[0][0] if known else _first_that_moves(root, source, roots[0]))
    tool = tool or (known[0][1] if known else "")
    found = {tip: _way(tip, base, joint_to, source) for tip in ([tool] if tool else links)}
    ways = {tip: way for tip, way in found.items() if way is not None}
    if not ways:
        raise ImportArmError(f"{source} has no chain from {base!r} to {tool!r}.")
    if not tool:
        # of frames with equally many joints before them the outermost: the last of the file
        tool = max(ways, key=lambda tip: (len(_moving(ways[tip])), len(ways[tip])))
    names = _moving(ways[tool])
    if not names:
        raise ImportArmError(f"{source} has no joint that moves between {base!r} and {tool!r}.")
    return Frames(base, tool, names, chosen)


def _way(
    tip: str, base: str, joint_to: Dict[str, ElementTree.Element], source: str
) -> Optional[List[ElementTree.Element]]:
    way: List[ElementTree.Element] = []
    while tip != base:
        if tip not in joint_to or joint_to[tip] in way:
            return None
        way.insert(0, joint_to[tip])
        tip = end_of(way[0], "parent", source)
    return way


def _moving(way: Sequence[ElementTree.Element]) -> List[str]:
    return [joint.get("name", "") for joint in way if joint.get("type") != "fixed"]


def _first_that_moves(root: ElementTree.Element, source: str, link: str) -> str:
    """The last link before the first moving joint: often the root is a frame called world."""
    while True:
        after = [j for j in root.findall("joint") if end_of(j, "parent", source) == link]
        if len(after) != 1 or after[0].get("type") != "fixed":
            return link
        link = end_of(after[0], "child", source)
