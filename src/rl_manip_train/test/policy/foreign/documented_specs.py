"""The specs that docs/import_a_policy.md shows, by the comment in their first line."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[5] / "docs" / "import_a_policy.md"
BLOCK = re.compile(r"^```yaml\n# ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documented_specs() -> dict[str, str]:
    """{name: YAML}."""
    return dict(BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")))
