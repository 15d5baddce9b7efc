"""Runs the benchmarks in the folders beside this file, or those named.

    python tests/benchmarks/run.py [NAME ...] [--OPTION ...]

Each bench_<name>.py has a `main()` that writes runs/bench/<name>.json; options are handed to it.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """0 if every benchmark ran to its end; each has a process of its own, one after the other."""
    files = {file.stem[len("bench_") :]: file for file in sorted(HERE.glob("*/bench_*.py"))}
    asked = list(itertools.takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))
    options = sys.argv[1 + len(asked) :]
    if not asked and {"-h", "--help"}.intersection(options):
        print(f"{__doc__}\nNames: {', '.join(files)}.")
        return 0
    unknown = [name for name in asked if name not in files]
    if unknown:
        print(f"bench: no benchmark '{unknown[0]}'; there are {', '.join(files) or 'none'}.")
        return 1
    failed = []
    for name in asked or list(files):
        print(f"== {name}", flush=True)
        named = f"import sys; sys.argv[0] = {name!r}"  # as usage and errors show it
        script = f"{named}; import bench_{name}; raise SystemExit(bench_{name}.main())"
        command = [sys.executable, "-c", script, *options]
        if subprocess.run(command, env=environment()).returncode:
            failed.append(name)
    if failed:
        print(f"bench: failed: {', '.join(failed)}")
    return 1 if failed else 0


def environment() -> dict[str, str]:
    """In which the benchmarks import each other, and the deployment stack of the tests."""
    folders = [folder for folder in sorted(HERE.iterdir()) if folder.is_dir()]
    path = [*map(str, folders), str(HERE.parent / "support")]
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path + [known] * bool(known))}


if __name__ == "__main__":
    sys.exit(main())
