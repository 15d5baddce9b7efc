"""Tests on several cores: who runs what and when, and a run as `make test` starts it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from side_by_side import SideBySide

ROOT = Path(__file__).resolve().parents[2]
SHARED = [f"src/test_{name}.py::test_{i}" for name in "abc" for i in range(6)]
ALONE = [f"tests/launch/test_d.py::test_{i}" for i in range(3)]
TESTS = [*ALONE, *SHARED]


class Worker:
    """Stands in for a worker of pytest-xdist: holds the last test until it knows what follows."""

    def __init__(self, name):
        self.gateway = SimpleNamespace(id=name)
        self.queue: list[int] = []
        self.shutting_down = False

    def __repr__(self):
        return self.gateway.id

    def send_runtest_some(self, indices):
        assert not self.shutting_down
        self.queue.extend(indices)

    def shutdown(self):
        self.shutting_down = True

    def can_run(self):
        return len(self.queue) > 1 or (self.shutting_down and self.queue)


class Run:
    """Workers and their scheduler, as pytest-xdist drives it."""

    def __init__(self, num_workers, tests=TESTS):
        self.scheduler = SideBySide(num_workers, lambda test: test.startswith("tests/launch/"))
        self.tests, self.done = tests, []  # (worker, test)
        self.workers = []
        for i in range(num_workers):
            self.hire(f"gw{i}")
        self.scheduler.schedule()

    def hire(self, name):
        worker = Worker(name)
        self.workers.append(worker)
        self.scheduler.add_node(worker)
        self.scheduler.add_node_collection(worker, self.tests)
        return worker

    def step(self, worker):
        """The worker runs a test."""
        index = worker.queue.pop(0)
        self.done.append((worker, self.tests[index]))
        self.scheduler.mark_test_complete(worker, index)
        if worker.shutting_down and not worker.queue:
            self.dismiss(worker)

    def dismiss(self, worker):
        self.workers.remove(worker)
        return self.scheduler.remove_node(worker)

    def to_the_end(self, slow=()):
        """Every worker in turn; those of `slow` only when no other one can run."""
        while able := [worker for worker in self.workers if worker.can_run()]:
            for worker in [one for one in able if one not in slow] or able[:1]:
                self.step(worker)
        assert self.scheduler.tests_finished
        assert not self.scheduler.has_pending


@pytest.mark.parametrize("num_workers", [1, 2, 3, 30])
@pytest.mark.parametrize("tests", [TESTS, SHARED, ALONE, ALONE[:1], SHARED[:1]], ids=len)
def test_every_test_runs_once(num_workers, tests):
    run = Run(num_workers, tests)
    run.to_the_end()
    assert sorted(test for _, test in run.done) == sorted(tests)


@pytest.mark.parametrize("num_workers", [1, 2, 5])
def test_what_wants_the_machine_for_itself_comes_last_on_one_worker(num_workers):
    run = Run(num_workers)
    run.to_the_end()
    assert [test for _, test in run.done[-len(ALONE) :]] == ALONE
    assert len({worker for worker, _ in run.done[-len(ALONE) :]}) == 1


def test_a_file_stays_with_its_worker_while_there_are_others():
    run = Run(3)
    for worker in run.workers * 3:
        run.step(worker)
    of_each = {
        worker: {test.split("::")[0] for w, test in run.done if w is worker}
        for worker, _ in run.done
    }
    assert [len(files) for files in of_each.values()] == [1, 1, 1]


def test_a_worker_that_is_done_helps_a_slow_one():
    run = Run(2, SHARED[:6])
    slow = run.workers[0]
    run.to_the_end(slow={slow})
    # the one that it was at, and the one that it must know to follow
    assert [test for worker, test in run.done if worker is slow] == SHARED[:2]


@pytest.mark.parametrize("steps", range(len(TESTS)))
def test_a_crash_costs_one_test(steps):
    run = Run(2)
    for _ in range(steps):
        run.step(next(worker for worker in run.workers if worker.can_run()))
    worker = next(worker for worker in run.workers if worker.can_run())
    crashed = run.tests[worker.queue[0]]
    assert run.dismiss(worker) == crashed
    run.hire("gw9")
    run.scheduler.schedule()
    run.to_the_end()
    assert sorted([crashed, *(test for _, test in run.done)]) == sorted(TESTS)


@pytest.mark.parametrize("steps", range(len(TESTS)))
def test_a_test_whose_worker_crashed_can_run_once_more(steps):
    run = Run(2)
    for _ in range(steps):
        run.step(next(worker for worker in run.workers if worker.can_run()))
    crashed = run.dismiss(next(worker for worker in run.workers if worker.can_run()))
    run.scheduler.mark_test_pending(crashed)
    run.hire("gw9")
    run.scheduler.schedule()
    run.to_the_end()
    assert sorted(test for _, test in run.done) == sorted(TESTS)


def test_workers_that_collect_other_tests_are_an_error():
    scheduler = SideBySide(2, lambda test: False)
    for worker in (one := Worker("gw0"), other := Worker("gw1")):
        scheduler.add_node(worker)
    scheduler.add_node_collection(one, SHARED)
    with pytest.raises(RuntimeError, match="Different tests were collected between gw0 and gw1"):
        scheduler.add_node_collection(other, SHARED[1:])


# What a small checkout's tests note of themselves: folder, process, ROS domain, begin and end.
NOTING = """
    import ctypes, os, time
    from pathlib import Path
    import pytest

    @pytest.mark.parametrize("number", range(4))
    def test_it(number):
        begin = time.monotonic()
        time.sleep(0.05)
        with open(os.environ["NOTES"], "a") as notes:
            folder = Path(__file__).parent.name
            domain = os.environ["ROS_DOMAIN_ID"]
            print(folder, os.getpid(), domain, begin, time.monotonic(), file=notes)
        assert os.environ.get("FAIL") != f"{folder}{number}"
        if os.environ.get("CRASH") == f"{folder}{number}":
            os.abort()
        if os.environ.get("HANG") == f"{folder}{number}" and not os.path.exists("hung"):
            open("hung", "w").close()
            lock, libc = ctypes.create_string_buffer(64), ctypes.PyDLL(None)
            while True:  # no thread of Python runs in the meantime, and no handler of a signal
                libc.pthread_mutex_lock(lock)
"""


@pytest.fixture
def checkout(tmp_path):
    """Of four test files, one of which is in a folder whose tests run alone."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = "-p no:cacheprovider"\n'
    )
    for name in ("src/a", "src/b", "src/c", "tests/launch"):
        file = tmp_path / name / f"test_{Path(name).name}.py"
        file.parent.mkdir(parents=True)
        file.write_text(textwrap.dedent(NOTING))
    return tmp_path


def run_tests(checkout, *arguments, **environment):
    """(exit code, last line, notes) of env/run_tests.py in a checkout."""
    notes = checkout / "notes"
    done = subprocess.run(
        [sys.executable, str(ROOT / "env" / "run_tests.py"), *arguments],
        cwd=checkout,
        env={**os.environ, "NOTES": str(notes), **environment},
        capture_output=True,
        text=True,
    )
    lines = notes.read_text().splitlines() if notes.exists() else []
    return done.returncode, done.stdout.splitlines()[-1], [line.split() for line in lines]


def test_a_run_on_two_cores(checkout):
    code, last, notes = run_tests(checkout, "-n", "2")
    assert code == 0
    assert re.fullmatch(r"=+ 16 passed in [\d.]+s =+", last)
    domain_of = {process: domain for _, process, domain, _, _ in notes}
    assert len(domain_of) == len(set(domain_of.values())) == 2
    begin = {float(begin) for folder, _, _, begin, _ in notes if folder == "launch"}
    others_end = max(float(end) for folder, _, _, _, end in notes if folder != "launch")
    assert len(begin) == 4
    assert min(begin) > others_end


def test_a_crash_of_a_worker_is_one_failed_test(checkout):
    code, last, _ = run_tests(checkout, "-n", "2", CRASH="b1")
    assert code == pytest.ExitCode.TESTS_FAILED
    assert re.search(r"1 failed, 15 passed", last)


def test_a_test_that_hangs_in_c_runs_once_more(checkout):
    code, last, _ = run_tests(checkout, "-n", "2", "--reruns=1", "-o", "timeout=1", HANG="b1")
    assert code == 0
    assert re.search(r"16 passed, 1 rerun", last)


HEARING = """
    import signal, subprocess, sys
    import pytest

    @pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGQUIT"])
    def test_it(name):
        code = f"import signal; print(signal.getsignal(signal.{name}) is signal.SIG_IGN)"
        deaf = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert deaf.stdout == "False\\n"
        signal.raise_signal(getattr(signal, name))  # and the run itself goes on
"""


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_under_nohup_and_in_the_background_what_tests_start_hears_signals(tmp_path, arguments):
    (tmp_path / "test_it.py").write_text(textwrap.dedent(HEARING))
    command = ["nohup", sys.executable, str(ROOT / "env" / "run_tests.py"), *arguments]
    ignored = ["env", "--ignore-signal=INT,QUIT", *command]
    done = subprocess.run(ignored, cwd=tmp_path, capture_output=True, text=True)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_a_failure_is_the_exit_code(checkout):
    code, last, _ = run_tests(checkout, "-n", "2", FAIL="b1")
    assert code == pytest.ExitCode.TESTS_FAILED
    assert re.fullmatch(r"=+ 1 failed, 15 passed in [\d.]+s =+", last)


def test_no_test_at_all_is_no_success(checkout):
    code, last, _ = run_tests(checkout, "-n", "2", "-k", "none")
    assert code == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "no tests ran" in last


def test_some_tests_run_as_pytest_does(checkout):
    code, last, notes = run_tests(checkout, "tests/launch", "src/b", "-k", "1")
    assert code == 0
    assert re.fullmatch(r"=+ 2 passed, 6 deselected in [\d.]+s =+", last)
    assert len({process for _, process, *_ in notes}) == 1
