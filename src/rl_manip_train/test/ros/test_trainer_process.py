"""The trainer as a child process; a stand-in plays it where training is beside the point."""

import queue
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from rl_manip_train.ros.trainer_process import (
    Ending,
    TrainerProcess,
    TrainerStartError,
    child_environment,
    ending_of,
    find_interpreter,
)

PATIENCE = 120.0  # for a process that a busy machine starts [s]


class Listener:
    """Receives a trainer's events."""

    def __init__(self):
        self._events = queue.Queue()
        self.deliver = self._events.put

    def until(self, kind):
        """The events up to the first of that kind, which is the last."""
        events = []
        while not events or events[-1]["event"] != kind:
            events.append(self._events.get(timeout=PATIENCE))
        return events


@pytest.fixture
def stand_in(tmp_path):
    """Makes a program that takes the place of the interpreter, from its Python source."""

    def make(source):
        path = tmp_path / "stand_in"
        head = """
            import json, os, signal, subprocess, sys
            def say(event, **content):
                print(json.dumps({"event": event, **content}), flush=True)
        """
        text = textwrap.dedent(head) + textwrap.dedent(source)
        path.write_text(f"#!{sys.executable}\n{text}")
        path.chmod(0o755)
        return str(path)

    return make


def start(python):
    listener = Listener()
    return TrainerProcess([], python, listener.deliver), listener


def is_running(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def await_end(pid):
    deadline = time.monotonic() + PATIENCE
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is an orphan"
        time.sleep(0.05)


def test_events_arrive_in_order_and_end_well(stand_in):
    _, listener = start(
        stand_in("say('started'); say('progress', env_steps=7, metrics={}); say('finished')")
    )
    events = listener.until("ended")
    assert [event["event"] for event in events] == ["started", "progress", "finished", "ended"]
    assert events[1]["env_steps"] == 7
    assert events[-1]["ending"] == Ending(0, "")


def test_an_order_is_answered_with_what_came_of_it(stand_in):
    trainer, listener = start(
        stand_in(
            """
            say('started')
            for line in sys.stdin:
                say('obeyed', order=line.strip(), text='did ' + line.strip())
                if line.strip() == 'stop':
                    break
            say('finished')
            """
        )
    )
    assert trainer.order("pause", PATIENCE) == (True, "did pause")
    assert trainer.order("checkpoint", PATIENCE) == (True, "did checkpoint")
    assert trainer.order("stop", PATIENCE) == (True, "did stop")
    listener.until("ended")
    assert trainer.order("pause", PATIENCE) == (False, "the training has ended")
    assert trainer.order("stop", PATIENCE) == (True, "the training has ended")


def test_an_order_that_takes_long_stands(stand_in):
    trainer, listener = start(stand_in("say('started'); sys.stdin.readline(); say('finished')"))
    success, text = trainer.order("stop", timeout=0.0)
    assert success
    assert "follows" in text
    assert listener.until("ended")[-1]["ending"].code == 0


def test_bad_input_is_one_sentence(stand_in):
    _, listener = start(
        stand_in(
            "print('a warning\\nerror: unknown arm', file=sys.stderr); sys.exit(2)",
        )
    )
    events = listener.until("ended")
    assert [event["event"] for event in events] == ["ended"]
    assert events[0]["ending"] == Ending(2, "unknown arm")


def test_a_crash_shows_its_traceback_and_ends_in_one_sentence(stand_in):
    _, listener = start(stand_in("say('started'); raise RuntimeError('nan')"))
    events = listener.until("ended")
    log = [event["text"] for event in events if event["event"] == "log"]
    assert log[0].startswith("Traceback")
    assert events[-1]["ending"].code == 1
    assert events[-1]["ending"].sentence.endswith("exit code 1: RuntimeError: nan")


def test_an_end_without_a_result_is_a_failure(stand_in):
    _, listener = start(stand_in("say('started')"))
    assert listener.until("ended")[-1]["ending"].code == 1


def test_a_child_killed_by_the_system_is_one_sentence(stand_in):
    _, listener = start(stand_in("say('started'); os.kill(os.getpid(), signal.SIGKILL)"))
    ending = listener.until("ended")[-1]["ending"]
    assert ending.code == 1
    assert "memory" in ending.sentence
    assert "num_envs" in ending.sentence


def test_kill_leaves_no_grandchild(stand_in):
    trainer, listener = start(
        stand_in(
            """
            say('started')
            child = subprocess.Popen(['sleep', '1000'])
            say('message', text=str(child.pid))
            child.wait()
            """
        )
    )
    grandchild = int(listener.until("message")[-1]["text"])
    trainer.kill()
    assert listener.until("ended")[-1]["ending"].code == 1
    await_end(grandchild)


def test_a_missing_module_says_what_to_install():
    ending = ending_of(1, False, ["ModuleNotFoundError: No module named 'torch'"], "/opt/python")
    assert ending.code == 2
    assert "lacks the module torch" in ending.sentence
    assert "/opt/python -m pip install torch mujoco" in ending.sentence


@pytest.mark.parametrize(
    "line",
    [
        "MemoryError",
        "RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory",
        "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB",
    ],
)
def test_running_out_of_memory_says_what_to_do(line):
    ending = ending_of(1, False, ["Traceback", line], "python")
    assert ending.code == 1
    assert "fewer num_envs" in ending.sentence


@pytest.mark.parametrize("python", ["/no/such/python", "no-such-python"])
def test_an_unknown_interpreter_is_named(python):
    with pytest.raises(TrainerStartError, match=python):
        TrainerProcess([], python, print)


def test_a_file_that_is_no_program_is_refused(tmp_path):
    path = tmp_path / "python"
    path.write_bytes(b"\x00\x01")
    path.chmod(0o755)
    with pytest.raises(TrainerStartError, match="does not start"):
        TrainerProcess([], str(path), print)


def test_another_interpreter_finds_the_packages_and_nothing_of_this_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    environment = child_environment(python="/another/python")
    assert str(tmp_path) not in environment["PYTHONPATH"]
    assert str(tmp_path) in child_environment(python="")["PYTHONPATH"]
    subprocess.run(
        # -S: without the folder that this interpreter has the packages installed in
        [sys.executable, "-S", "-c", "import rl_manip_train.settings.limits, rl_manip_sim"],
        env=environment,
        cwd=tmp_path,
        check=True,
    )


def test_no_name_means_this_interpreter():
    assert find_interpreter("") == sys.executable


def test_the_trainer_stops_by_itself_when_its_parent_is_killed(tmp_path):
    parent_source = f"""
        import queue
        from rl_manip_train.ros.trainer_process import TrainerProcess
        events = queue.Queue()
        flags = ["--run-dir", {str(tmp_path / "run")!r}, "--num-envs", "32"]
        trainer = TrainerProcess(flags + ["--final-episodes", "8"], "", events.put)
        while events.get()["event"] != "progress":
            pass
        print(trainer.pid, flush=True)
        queue.Queue().get()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(parent_source)], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait(PATIENCE)
    await_end(child)
    assert (tmp_path / "run" / "policy.onnx").is_file()
    assert list((tmp_path / "run" / "checkpoints").glob("*.pt"))
