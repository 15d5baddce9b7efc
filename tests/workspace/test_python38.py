"""Description, simulation and training, nodes aside, run on the Python 3.8 of Isaac Gym."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("rl_manip_description", "rl_manip_sim", "rl_manip_train")
FILES = [
    file
    for package in PACKAGES
    for file in sorted((ROOT / "src" / package / package).rglob("*.py"))
    if not file.name.endswith("_node.py")
]
NEW_GENERICS = {"list", "dict", "tuple", "set", "frozenset", "type"}


def evaluated_annotations(source: str) -> list[str]:
    """Annotations of dataclass and NamedTuple fields that Python 3.8 cannot evaluate.

    tyro and typing evaluate them, `from __future__ import annotations` or not.
    """
    bad = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef):
            continue
        for field in node.body:
            if isinstance(field, ast.AnnAssign) and is_new(field.annotation):
                bad.append(f"{node.name}.{ast.unparse(field)}")
    return bad


def is_new(annotation: ast.expr) -> bool:
    """Whether an annotation has `X | Y` or `list[X]` in it."""
    return any(
        (isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitOr))
        or (
            isinstance(part, ast.Subscript)
            and isinstance(part.value, ast.Name)
            and part.value.id in NEW_GENERICS
        )
        for part in ast.walk(annotation)
    )


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_file_parses_and_its_fields_evaluate(file: Path):
    source = file.read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))
    assert evaluated_annotations(source) == []


def test_nothing_newer_than_the_standard_library_of_38():
    vermin = ["vermin", "--target=3.8-", "--violations", "--no-tips"]
    done = subprocess.run([*vermin, *map(str, FILES)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_new_annotations_are_seen():
    source = "class A:\n    a: int | None\n    b: Optional[list[int]]\n    c: Optional[int]\n"
    assert evaluated_annotations(source) == ["A.a: int | None", "A.b: Optional[list[int]]"]
