"""What `ros2 run` finds: each script begins in `process_start`, and hears a signal at once."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    (point for point in entry_points(group="console_scripts") if "rl_manip_ros" in point.value),
    key=lambda point: point.value,
)
STARTED = re.compile(r"rl_manip_ros\.process_start:(node|command)\.((rl_manip\w*)\.[\w.]+)")


def parts(script: EntryPoint) -> tuple[str, str, str]:
    """(kind, module, package) of a script."""
    found = STARTED.fullmatch(script.value)
    assert found, f"{script.name} begins in {script.value}"
    return found[1], found[2], found[3]


def test_no_package_has_a_script_that_begins_elsewhere():
    # the description, on which rl_manip_ros stands, cannot begin in it
    packages = {
        path.parent.name
        for path in (ROOT / "src").glob("*/package.xml")
        if "rl_manip_ros" in path.read_text()
    }
    named = [
        point
        for point in entry_points(group="console_scripts")
        if point.dist.name.replace("-", "_") in packages
    ]
    assert len(named) >= 20
    assert sorted(named, key=lambda point: point.value) == SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.value)
def test_a_script_has_a_module_of_its_name(script):
    kind, module, _ = parts(script)
    assert module.rpartition(".")[2] == script.name
    assert importlib.util.find_spec(module) is not None
    assert (kind == "node") == (".ros." in module)


def test_every_script_ends_in_good_order_before_it_has_begun():
    """A launch holds signals back until a process hears them: Ctrl+C came before Python was up."""
    # `exec` keeps the signal that waits
    interrupted = ["env", "--block-signal=INT", "bash", "-c", 'kill -INT $$; exec "$0"']
    said = []
    for script in SCRIPTS:
        kind, _, package = parts(script)
        path = ROOT / "install" / package / "lib" / package / script.name
        done = subprocess.run([*interrupted, path], capture_output=True, text=True, check=False)
        expected = (0, "") if kind == "node" else (130, f"{script.name}: interrupted\n")
        if (done.returncode, done.stdout + done.stderr) != expected:
            said.append(f"{script.name} ended with {done.returncode}: {done.stdout}{done.stderr}")
    assert not said, "\n".join(said)
