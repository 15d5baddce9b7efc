"""docs/architecture.md and its picture say what the code is."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from architecture_picture import NODES, PACKAGE_WIDTH, picture
from architecture_tables import PROCESSES, TABLES_OF, with_tables
from facts import forbidden, imports, layers, links, needs, without_detours

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PICTURE = ElementTree.fromstring((ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8"))
SVG = "{http://www.w3.org/2000/svg}"
TEN = (
    "GAE",
    "the reward of lifting",
    "the stale-command rule",
    "the MCAP reader",
    "the delay estimate",
    "the sentence of the verdict",
    "what happens on SIGTERM",
    "the servo lag of the simulated arm",
    "the hidden parameters",
    "the policy card",
)
WHERE = re.findall(
    r"^\| ([^|]+?) \| \[[^\]]+\]\((\.\./src/[^)]+)\) \| (.+) \|$", TEXT, re.MULTILINE
)


def test_picture_and_tables_are_those_of_the_code():
    """`make docs` writes both."""
    for document in TABLES_OF:
        assert with_tables(ROOT, document) == (ROOT / document).read_text(encoding="utf-8")
    assert picture(ROOT) == (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")


def test_every_package_and_room_of_the_contracts_is_in_the_picture():
    for package, floors in layers(ROOT).items():
        if "." in package:  # rooms within a room are not drawn
            continue
        box = next(group for group in PICTURE.iter(f"{SVG}g") if group.get("id") == package)
        strips = [text.text.split(" · ") for text in box if text.get("class") == "room"]
        folder = ROOT / "src" / package / package
        there = {path.parent.name for path in folder.glob("*/__init__.py")}
        assert there <= {room for strip in strips for room in strip}
        if floors:
            assert strips == floors


def test_arrows_between_packages_are_their_imports():
    drawn = {ends(path) for path in PICTURE.iter(f"{SVG}path") if path.get("class") == "imports"}
    assert drawn == without_detours(imports(ROOT))
    assert not drawn & forbidden(ROOT)


def test_arrows_between_processes_are_topics_that_one_sends_and_the_other_reads():
    found = {(link.node, link.way, link.name) for link in links(ROOT)}
    checked = 0
    for path in PICTURE.iter(f"{SVG}path"):
        name, (start, end) = path.get("data-name"), ends(path)
        if name is None:
            continue
        ways = ("calls", "serves") if path.get("class") == "service" else ("out", "in")
        assert (start, ways[0], name) in found
        assert (end, ways[1], name) in found
        checked += 1
    assert checked > 12


def ends(path: ElementTree.Element) -> tuple:
    return path.get("data-from"), path.get("data-to")


def test_every_node_is_a_process_of_the_document():
    nodes = {link.node for link in links(ROOT)}
    assert nodes <= {process.name for process in PROCESSES}
    assert nodes <= set(NODES)


def test_the_ten_questions_are_answered():
    assert set(TEN) <= {question for question, _, _ in WHERE}


@pytest.mark.parametrize(("question", "file", "names"), WHERE, ids=lambda value: value[:40])
def test_what_is_looked_for_is_there(question, file, names):
    tree = ast.parse((ROOT / "docs" / file).read_text(encoding="utf-8"))
    for name in re.findall(r"`([^`]+)`", names.split(";")[0]):
        assert defines(tree, name.split(".")), f"{name} is not in {file}"


def defines(tree: ast.AST, names: list) -> bool:
    """Whether a module defines a name, or a class in it the next one, and so on."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            own = [node.name]
        elif isinstance(node, ast.AnnAssign):
            own = [ast.unparse(node.target)]
        elif isinstance(node, ast.Assign):
            own = [ast.unparse(target) for target in node.targets]
        else:
            continue
        if names[0] in own:
            return len(names) == 1 or defines(node, names[1:])
    return False


def test_a_name_that_is_not_there_is_seen():
    tree = ast.parse("A: int = 1\nclass B:\n    c = 2\n    def d(self): ...\n")
    for there in ("A", "B", "B.c", "B.d"):
        assert defines(tree, there.split("."))
    for missing in ("c", "B.e", "A.c"):
        assert not defines(tree, missing.split("."))


def test_the_picture_reads_in_light_and_in_dark():
    text = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    light, dark = (dict(re.findall(r"--(\w+): #(\w{6})", part)) for part in text.split("@media"))
    assert light.keys() == dark.keys()
    for colours in (light, dark):
        for ink in ("ink", "soft", "arrow", "topic", "service"):
            assert contrast(colours[ink], colours["paper"]) > 4.5  # WCAG 2.1 AA
            assert (
                ink in ("arrow", "topic", "service") or contrast(colours[ink], colours["box"]) > 4
            )


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, as WCAG 2.1 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255.0 for i in (0, 2, 4)]
        r, g, b = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_of_black_and_white_is_21():
    assert contrast("000000", "ffffff") == pytest.approx(21.0)


def test_what_stands_in_a_box_fits():
    widest = {"title": 8.2, "soft": 6.7, "room": 7.3}  # of a letter on average [px]
    for group in PICTURE.iter(f"{SVG}g"):
        width = NODES[group.get("id")].width if group.get("id") in NODES else PACKAGE_WIDTH
        for text in group.iter(f"{SVG}text"):
            assert len(text.text) * widest[text.get("class")] <= width, text.text


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *
    sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))])  # fmt: skip
def test_links_lead_somewhere(document):
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), f"{document} links to {target}"


def test_what_is_imported_later_is_told_from_what_is_imported_at_once(tmp_path):
    for package in ("rl_manip_ros", "rl_manip_gap"):
        (tmp_path / "src" / package / package).mkdir(parents=True)
        (tmp_path / "src" / package / package / "__init__.py").write_text("")
    own = tmp_path / "src" / "rl_manip_ros" / "rl_manip_ros"
    (own / "c.py").write_text("import mujoco\n")
    (own / "a.py").write_text(
        "from rl_manip_gap import b\nC = 'rl_manip_ros.c:C'\ndef f():\n    import torch\n"
    )
    (tmp_path / "src/rl_manip_gap/rl_manip_gap/b.py").write_text("import numpy.linalg\n")
    assert needs(tmp_path, "rl_manip_ros.a", eager=True) == {"numpy"}
    assert needs(tmp_path, "rl_manip_ros.a") == {"mujoco", "numpy", "torch"}


def test_links_are_found_through_variables_loops_and_shared_parts(tmp_path):
    room = tmp_path / "src" / "rl_manip_ros" / "rl_manip_ros" / "ros"
    room.mkdir(parents=True)
    start = "from rl_manip_ros.interfaces import A, B, C, D, Service, joint_states\n"
    (room / "piece.py").write_text(start + "def piece():\n  client(0, C)\n")
    (room / "part.py").write_text(
        "from rl_manip_ros.ros.piece import piece\nclass Part:\n  def f(self):\n    piece()\n"
    )
    (room / "my_node.py").write_text(
        start + "from rl_manip_ros.ros.part import Part\n"
        "class N(Part):\n"
        "  def f(self):\n"
        "    topic = joint_states('x')\n"
        "    self.a = subscription(self, topic)\n"
        "    for service, action in ((A, 1), (B, 2)):\n"
        "      serve(self, service)\n"
        "    serve(self, Service('~/own'))\n"
        "    self._listen(D, self.f)\n"
        "def main(): ...\n"
    )
    assert {tuple(link) for link in links(tmp_path)} == {
        ("my_node", "calls", "C"),
        ("my_node", "in", "D"),
        ("my_node", "in", "joint_states"),
        ("my_node", "serves", "A"),
        ("my_node", "serves", "B"),
    }


def test_an_arrow_that_two_others_make_up_is_left_out():
    arrows = {("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")}
    assert without_detours(arrows) == {("a", "b"), ("b", "c"), ("a", "d")}
