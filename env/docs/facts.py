"""What the code itself says of its structure: rooms, imports, and who speaks on which topic."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

try:
    import tomllib
except ImportError:  # Python 3.10
    import tomli as tomllib

PACKAGES = (
    "rl_manip_description",
    "rl_manip_sim",
    "rl_manip_train",
    "rl_manip_ros",
    "rl_manip_deploy",
    "rl_manip_gap",
    "rl_manip_cockpit",
    "rl_manip",
)
Arrow = Tuple[str, str]


class Link(NamedTuple):
    """A node's end of a topic, service or action."""

    node: str
    """Name of the node, which is that of its file."""
    way: str
    """out, in, calls, serves or acts."""
    name: str
    """As `rl_manip_ros.interfaces` has it: a constant, or a function of names in the arm's file."""


GRIPPER_COMMANDS = "gripper_commands"
"""Stands for `controller_commands` with the topic in a gripper's file."""
WAYS = {
    "publisher": "out",
    "subscription": "in",
    "PolledSubscription": "in",
    "client": "calls",
    "serve": "serves",
    "serve_action": "acts",
}


def layers(root: Path) -> Dict[str, List[List[str]]]:
    """Rooms of each package from the highest floor to the lowest, as the import contracts have it.

    A package without a contract of its own has no floors.
    """
    contracts = _contracts(root)
    found: Dict[str, List[List[str]]] = {package: [] for package in PACKAGES}
    for contract in contracts:
        for package in set(contract.get("containers", ())) & set(PACKAGES):
            found[package] = [re.split(r"\s*[|:]\s*", layer) for layer in contract["layers"]]
    return found


def modules_and_rooms(root: Path, package: str) -> List[str]:
    """What lies in a package's folder, by name."""
    paths = (root / "src" / package / package).iterdir()
    names = {path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").exists()}
    return sorted(names - {"__init__"})


def forbidden(root: Path) -> Set[Arrow]:
    """Imports from package to package that a contract forbids."""
    arrows = set()
    for contract in _contracts(root):
        if contract["type"] == "forbidden":
            for source in contract["source_modules"]:
                arrows.update((source, target) for target in contract["forbidden_modules"])
        elif "containers" not in contract:
            names = contract["layers"]
            arrows.update((low, high) for i, high in enumerate(names) for low in names[i + 1 :])
    return {(source, target) for source, target in arrows if {source, target} <= set(PACKAGES)}


def imports(root: Path) -> Set[Arrow]:
    """Which package imports which."""
    arrows = set()
    for package in PACKAGES:
        files = [*(root / "src" / package / package).rglob("*.py")]
        files += (root / "launch").glob("*.py") if package == "rl_manip" else []
        for file in files:
            named = {module.split(".")[0] for module in imported_modules(file)}
            arrows.update((package, other) for other in named & set(PACKAGES) - {package})
    return arrows


@functools.lru_cache(maxsize=None)
def parsed(file: Path) -> ast.Module:
    """A file's syntax tree; read once."""
    return ast.parse(file.read_text(encoding="utf-8"))


def imported_modules(file: Path) -> Iterator[str]:
    """Full names of the modules that a file imports anywhere."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def without_detours(arrows: Set[Arrow]) -> Set[Arrow]:
    """The arrows that no longer way stands for: a -> c goes where there are a -> b and b -> c."""
    return {
        (source, target)
        for source, target in arrows
        if not any(
            _leads(arrows, middle, target)
            for start, middle in arrows
            if start == source and middle != target
        )
    }


def links(root: Path) -> Set[Link]:
    """Every topic, service and action of every node, read from the rooms called `ros`.

    A node is a file there with a `main`; what it imports from such rooms is a part of it.
    """
    found = set()
    for file in sorted((root / "src").glob("*/*/ros/**/*.py")):
        tree = parsed(file)
        if not any(isinstance(part, ast.FunctionDef) and part.name == "main" for part in tree.body):
            continue
        ends = {end for part in _ends(root, tree).values() for end in part}
        found.update(Link(file.stem, way, name) for way, name in ends)
    return found


def _names_of_interfaces(tree: ast.Module) -> Set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "rl_manip_ros.interfaces"
        for alias in node.names
        if alias.name.isupper() or alias.name.islower()  # not the classes
    }


def _ends(root: Path, tree: ast.Module) -> Dict[str, Set[Tuple[str, str]]]:
    """(way, name) of each end that a class or function makes, by the name of that.

    It has those of whatever it names, too: in the same file, or imported from rooms called `ros`.
    """
    known = _names_of_interfaces(tree)
    parts = {
        part.name: part for part in tree.body if isinstance(part, (ast.ClassDef, ast.FunctionDef))
    }
    ends = {name: set(_own_ends(part, known)) for name, part in parts.items()}
    ends.update(_ends_of_imported(root, tree))
    named = {
        name: {node.id for node in ast.walk(part) if isinstance(node, ast.Name)} & set(ends)
        for name, part in parts.items()
    }
    for _ in parts:  # as often as one may name another
        for name, others in named.items():
            ends[name] = ends[name].union(*(ends[other] for other in others))
    return {name: ends[name] for name in parts}


def _ends_of_imported(root: Path, tree: ast.Module) -> Dict[str, Set[Tuple[str, str]]]:
    found: Dict[str, Set[Tuple[str, str]]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and ".ros." in (node.module or ""):
            file = _file_of(root, str(node.module))
            theirs = _ends(root, parsed(file)) if file else {}
            found.update((alias.name, theirs.get(alias.name, set())) for alias in node.names)
    return found


def _own_ends(tree: ast.AST, known: Set[str]) -> Iterator[Tuple[str, str]]:
    """(way, name) of each call that makes an end; a variable stands for what it was assigned."""
    assigned: Dict[str, Set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.For):
            targets, value = list(ast.walk(node.target)), node.iter
        else:
            continue
        for target in targets:
            assigned.setdefault(ast.unparse(target), set()).update(_named(value, known))
    for node in ast.walk(tree):
        way, what = _end(node)
        if what is not None:
            for name in _named(what, known) or assigned.get(ast.unparse(what), set()):
                yield way, name


def _end(node: ast.AST) -> Tuple[str, Optional[ast.expr]]:
    """Way and topic of a call that makes an end: publisher(node, topic), self._listen(topic, …)."""
    if isinstance(node, ast.Call) and len(node.args) > 1:
        if isinstance(node.func, ast.Name) and node.func.id in WAYS:
            return WAYS[node.func.id], node.args[1]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "_listen":
            return "in", node.args[0]
    return "", None


def _named(value: ast.AST, known: Set[str]) -> Set[str]:
    names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)} & known
    of_gripper = "gripper" in ast.unparse(value)
    return {
        GRIPPER_COMMANDS if name == "controller_commands" and of_gripper else name for name in names
    }


def _leads(arrows: Set[Arrow], start: str, end: str) -> bool:
    reached, waiting = set(), [start]
    while waiting:
        now = waiting.pop()
        if now not in reached:
            reached.add(now)
            waiting += [target for source, target in arrows if source == now]
    return end in reached


def _contracts(root: Path) -> List[Dict[str, List[str]]]:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: List[Dict[str, List[str]]] = settings["tool"]["importlinter"]["contracts"]
    return contracts


def needs(root: Path, module: str, eager: bool = False) -> Set[str]:
    """Names of the modules outside the workspace that a module of ours leads to.

    Args:
        eager: only what is imported at once, not what functions import when they are called.
    """
    found: Set[str] = set()
    seen: Set[str] = set()
    waiting = [module]
    while waiting:
        now = waiting.pop()
        if now in seen:
            continue
        seen.add(now)
        if now.split(".")[0] not in PACKAGES:
            found.add(now.split(".")[0])
            continue
        file = _file_of(root, now)
        if file is None:  # a name in a module, not a module
            continue
        waiting += [now.rpartition(".")[0]] if "." in now else []
        waiting += _imported_names(file, eager)
    return found


def _file_of(root: Path, module: str) -> Optional[Path]:
    place = root / "src" / module.split(".")[0] / Path(*module.split("."))
    files = (place / "__init__.py", place.with_suffix(".py"))
    return next((file for file in files if file.exists()), None)


def _imported_names(file: Path, eager: bool) -> Iterator[str]:
    """Modules that a file imports, and the names from them, which may be modules too."""
    tree = parsed(file)
    for node in _run_at_once(tree) if eager else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            if node.module.split(".")[0] in PACKAGES:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and not eager:
            # what a registry fetches when it is asked for by name: "module:attribute"
            target = re.fullmatch(r"(rl_manip\w*(?:\.\w+)+):\w+", str(node.value))
            yield from [target[1]] if target else []


def _run_at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: no function's inside, nothing for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _run_at_once(node)
