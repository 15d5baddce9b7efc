"""Makes importable what the tests of the whole system share: an observed arm, running processes."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [
    str(folder) for folder in (TESTS / "support", TESTS / "faults", TESTS.parent / "env" / "test")
]
