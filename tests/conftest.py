"""Makes importable what the tests of the whole system share: an observed arm, running processes."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
SUPPORT = TESTS / "support"
FOLDERS = (SUPPORT, SUPPORT / "test_run", TESTS / "faults", TESTS.parent / "env" / "test")
sys.path[:0] = [str(folder) for folder in FOLDERS]
