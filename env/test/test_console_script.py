"""Commands that set-up writes: short, and no traceback when they are interrupted."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from console_scripts import shorten_built_scripts, write_script


@pytest.mark.parametrize(
    "source",
    [
        "import inner",
        "def main():\n    import inner",
        "def main():\n    os.kill(os.getpid(), signal.SIGINT)",
    ],
    ids=["imported", "imports more", "works"],
)
def test_a_command_that_is_interrupted_shows_no_traceback(checkout, source):
    script = checkout / "ros2"
    write_script(script, Path(sys.executable), EntryPoint("ros2", "outer:main", "console_scripts"))
    (checkout / "outer.py").write_text(f"import os, signal\n{source}\n")
    interrupt = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (checkout / "inner.py").write_text(interrupt)
    done = subprocess.run(
        [script],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_what_colcon_has_built_is_run_directly(checkout):
    info = checkout / "build" / "arm" / "arm.egg-info"
    scripts = checkout / "install" / "arm" / "lib" / "arm"
    for folder in (info, scripts, checkout / ".venv" / "bin"):
        folder.mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: arm\nVersion: 1\n")
    points = "[console_scripts]\nmove = os:path.basename\nnot_built = os:getcwd\n"
    (info / "entry_points.txt").write_text(points)
    (scripts / "move").write_text("what colcon writes")
    shorten_built_scripts(checkout)
    assert [path.name for path in scripts.iterdir()] == ["move"]
    done = subprocess.run([scripts / "move"], capture_output=True, text=True, check=False)
    assert "TypeError" in done.stderr  # os.path.basename was called, without its argument
    assert "entry_points" not in (scripts / "move").read_text()
