"""The first and the last moments of console scripts: signals while they are imported, and later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ENDS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
# a signal comes as the first thing that the module does, or when `main` runs
WHILE_IMPORTED = "import os, signal\nos.kill(os.getpid(), signal.{name})\nraise ImportError('late')"
WHILE_IT_WORKS = "import os, signal\ndef main():\n    os.kill(os.getpid(), signal.{name})\n"


def run(
    folder: Path, kind: str, source: str, arguments: tuple[str, ...] = (), **options
) -> subprocess.CompletedProcess:
    (folder / "work.py").write_text(source)
    script = f"import sys; from rl_manip_ros.process_start import {kind}; sys.exit({kind}.work())"
    return subprocess.run(
        # -B: a file of the same length that is written within a second passes for the one before
        [
            *(sys.executable, "-B", "-c"),
            f"import sys; sys.path.insert(0, {str(folder)!r}); {script}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.parametrize("name", ENDS)
def test_a_node_that_is_asked_to_end_while_it_is_imported_ends_well(tmp_path, name):
    done = run(tmp_path, "node", WHILE_IMPORTED.format(name=name))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_a_node_that_is_asked_for_help_starts_nothing(tmp_path, asked):
    done = run(tmp_path, "node", "raise ImportError('begun')", arguments=(asked,))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("work is a ROS node")


@pytest.mark.parametrize("source", [WHILE_IMPORTED, WHILE_IT_WORKS])
def test_a_command_that_is_interrupted_says_so_in_a_line(tmp_path, source):
    done = run(tmp_path, "command", source.format(name="SIGINT"))
    assert (done.returncode, done.stderr) == (130, "work: interrupted\n")


LEAVES_NOTHING_HALF = """
import os, pathlib, signal
def main():
    half = pathlib.Path(__file__).with_name("half")
    half.touch()
    try:
        os.kill(os.getpid(), signal.{name})
    finally:
        half.unlink()
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_command_that_is_ended_cleans_up_and_says_so(tmp_path, name, code):
    done = run(tmp_path, "command", LEAVES_NOTHING_HALF.format(name=name))
    assert (done.returncode, done.stderr) == (code, "work: interrupted\n")
    assert not (tmp_path / "half").exists()


WRITES_ON = """
import os, pathlib, sys
def main():
    for k in range(100):
        print(1000 * str(k), flush=k % 2 == 0)
        print("error", k, file=sys.stderr)
    pathlib.Path(__file__).with_name("done").touch()
"""


@pytest.mark.parametrize("opened", [os.pipe, os.openpty])
@pytest.mark.parametrize("kind", ["node", "command"])
def test_work_goes_on_when_the_readers_of_its_output_leave(tmp_path, kind, opened):
    reading, writing = opened()
    os.close(reading)
    (tmp_path / "work.py").write_text(WRITES_ON)
    script = f"import sys; from rl_manip_ros.process_start import {kind}; sys.exit({kind}.work())"
    python = [sys.executable, "-B", "-c", f"import sys; sys.path.insert(0, '{tmp_path}'); {script}"]
    done = subprocess.run(python, stdout=writing, stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == 0
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize(("kind", "code"), [("node", 0), ("command", 130)])
def test_signals_that_a_launch_held_back_count_at_once(tmp_path, kind, code):
    def hold_back() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        signal.raise_signal(signal.SIGINT)

    done = run(tmp_path, kind, "raise ImportError('late')", preexec_fn=hold_back)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_another_interrupt_during_the_last_moments_is_no_traceback(tmp_path):
    late = "import atexit, os, signal\nimport threading\n"
    late += "atexit.register(os.kill, os.getpid(), signal.SIGINT)\n"
    done = run(tmp_path, "command", late + "def main():\n    raise KeyboardInterrupt\n")
    assert (done.returncode, done.stderr) == (130, "work: interrupted\n")


@pytest.mark.parametrize("end", ["return 1", "sys.exit('a parameter is wrong')"])
@pytest.mark.parametrize("name", ENDS)
def test_a_signal_after_a_node_s_end_does_not_change_its_exit_code(tmp_path, name, end):
    late = f"import atexit, os, signal, sys\natexit.register(os.kill, os.getpid(), signal.{name})\n"
    assert run(tmp_path, "node", f"{late}def main(): {end}").returncode == 1


def test_what_nohup_ignores_stays_ignored(tmp_path):
    source = (
        "import os, signal\n"
        "from rl_manip_ros.stop_request import StopRequest\n"
        "os.kill(os.getpid(), signal.SIGHUP)\n"
        "def main():\n"
        "    asked = StopRequest()\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    print(repr(asked.reason))\n"
    )
    done = run(tmp_path, "node", source, preexec_fn=lambda: signal.signal(signal.SIGHUP, 1))
    assert done.stdout == "''\n"


def test_the_exit_code_is_that_of_main(tmp_path):
    assert run(tmp_path, "command", "def main(): return 7").returncode == 7
    assert run(tmp_path, "node", "def main(): return 0").returncode == 0


def test_letters_that_a_terminal_lacks_do_not_end_the_work(tmp_path):
    source = "def main(): print('Größe …')"
    done = run(tmp_path, "command", source, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout) == (0, "Gr??e ?\n")


def test_closed_outputs_are_no_obstacle(tmp_path):
    script = f"cd {tmp_path} && {sys.executable} -c 'from rl_manip_ros.process_start import command"
    (tmp_path / "work.py").write_text("def main(): print('nobody hears this')")
    done = subprocess.run(["bash", "-c", f"{script}; command.work()' >&- 2>&-"], check=False)
    assert done.returncode == 0
