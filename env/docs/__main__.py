"""The documents that are made of the code: `python env/docs` (what `make docs` runs).

Writes the picture and the tables of docs/architecture.md, those of docs/interfaces.md, and the API
reference into docs/api;
`--without-reference` leaves that one out, which takes a minute.
`--check` writes neither picture nor tables, and fails where they no longer say what the code does.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from api_reference import write_reference
from architecture_picture import picture
from architecture_tables import TABLES_OF, with_tables

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path("docs/architecture.svg")


def main() -> int:
    """1 where something is out of date, or a page cannot be written; says what."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing but docs/api")
    parser.add_argument(
        "--without-reference", action="store_true", help="picture and tables only: seconds"
    )
    given = parser.parse_args()
    made = {PICTURE: picture(ROOT), **{text: with_tables(ROOT, text) for text in TABLES_OF}}
    stale = [path for path, text in made.items() if not says(ROOT / path, text)]
    if stale and given.check:
        names = ", ".join(map(str, stale))
        print(f"{names}: no longer what the code is; run `make docs` and commit it.")
        return 1
    for path in stale:
        (ROOT / path).write_text(made[path], encoding="utf-8")
        print(f"written: {path}")
    if given.without_reference:
        return 0
    try:
        page = write_reference(ROOT)
    except (RuntimeError, Warning) as problem:
        print(f"API reference: {problem}")
        return 1
    print(f"API reference: open file://{page}")
    return 0


def says(path: Path, text: str) -> bool:
    """Whether a file holds this text."""
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
