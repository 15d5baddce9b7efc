"""The commands that README and docs show, read from them: what they say cannot go stale."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"^\s+(ros2 (?:run|launch) rl_manip.*)$", re.MULTILINE)


class Documented(NamedTuple):
    document: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}: {' '.join(self.words)}"


def documented() -> list[Documented]:
    """Commands as a person would type them: what is optional is given, what is a name stays one."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in COMMAND.findall(text):
            command = re.split(r"\s#|\s{3,}", line)[0]
            command = re.sub(r"[\[\]…]", " ", command)
            found.append(Documented(document.name, tuple(shlex.split(re.sub("[<>]", "", command)))))
    return found


COMMANDS = documented()
LAUNCHES = [known for known in COMMANDS if known.words[1] == "launch"]
RUNS = [known for known in COMMANDS if known.words[1] == "run"]
