"""Runs the benchmarks beside this file, or those named: `python tests/benchmarks/run.py ppo sim`.

Each bench_<name>.py has a `main()` that writes runs/bench/<name>.json.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """0 if every benchmark ran to its end; each has a process of its own, one after the other."""
    files = {file.stem[len("bench_") :]: file for file in sorted(HERE.glob("bench_*.py"))}
    names = sys.argv[1:] or list(files)
    unknown = [name for name in names if name not in files]
    if unknown:
        print(f"bench: no benchmark '{unknown[0]}'; there are {', '.join(files) or 'none'}.")
        return 1
    failed = []
    for name in names:
        print(f"== {name}", flush=True)
        script = f"import bench_{name}; raise SystemExit(bench_{name}.main())"
        if subprocess.run([sys.executable, "-c", script], cwd=HERE).returncode:
            failed.append(name)
    if failed:
        print(f"bench: failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
