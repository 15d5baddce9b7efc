"""The build runs again when something changed that it installs, and only then."""

from __future__ import annotations

import pytest

import workspace_build
from failure import SetUpError
from workspace_build import build, forget_removed_packages, packages, wanted


@pytest.fixture
def workspace(checkout):
    """A checkout with one package and one launch file."""
    package = checkout / "src" / "rl_manip_a"
    (package / "rl_manip_a").mkdir(parents=True)
    (package / "package.xml").write_text("<package/>")
    (package / "setup.py").write_text("setup()")
    (package / "rl_manip_a" / "module.py").write_text("")
    (package / "CMakeLists.txt").write_text("")
    (package / "action").mkdir()
    (package / "action" / "Drive.action").write_text("")
    (checkout / "launch").mkdir()
    (checkout / "launch" / "a.launch.py").write_text("")
    return checkout


@pytest.mark.parametrize(
    ("file", "content", "rebuilds"),
    [
        ("src/rl_manip_a/setup.py", "setup(name='a')", True),
        ("src/rl_manip_a/rl_manip_a/arm.yaml", "new data", True),
        ("src/rl_manip_a/CMakeLists.txt", "project(rl_manip_a)", True),
        ("src/rl_manip_a/action/Drive.action", "bool met", True),
        ("src/rl_manip_b/package.xml", "new package", True),
        ("launch/b.launch.py", "new launch file", True),
        ("colcon.meta", "names: {}", True),
        ("launch/a.launch.py", "changed", False),
        ("src/rl_manip_a/rl_manip_a/module.py", "changed", False),
        ("src/rl_manip_a/rl_manip_a/other.py", "new module", False),
        ("src/rl_manip_a/rl_manip_a/__pycache__/x.pyc", "", False),
        ("src/rl_manip_a/test/data.json", "new test data", False),
    ],
)
def test_what_makes_a_build_necessary(workspace, file, content, rebuilds):
    before = wanted(workspace, packages(workspace, robot=False), "venv")
    path = workspace / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    assert (wanted(workspace, packages(workspace, robot=False), "venv") != before) is rebuilds


def test_a_build_that_fails_is_not_taken_for_done(workspace, monkeypatch):
    runs = []

    def fail(*arguments):
        runs.append(arguments)
        (workspace / "install").mkdir(exist_ok=True)
        if len(runs) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(workspace_build, "run_logged", fail)
    (workspace / "install").mkdir()
    with pytest.raises(KeyboardInterrupt):
        build(workspace, False, "venv", workspace / "log", print)
    for _ in range(2):
        build(workspace, False, "venv", workspace / "log", print)
    assert len(runs) == 2


@pytest.fixture
def with_messages(workspace, monkeypatch):
    """The same with a package of message types; `builds` are the arguments of each build."""
    package = workspace / "src" / "rl_manip_interfaces"
    package.mkdir()
    (package / "package.xml").write_text("<package/>")
    built = workspace / "install/rl_manip_interfaces/share/ament_index/resource_index/packages"
    built.mkdir(parents=True)
    (built / "rl_manip_interfaces").touch()
    builds, said = [], []
    monkeypatch.setattr(
        workspace_build, "colcon", lambda root, log, which: builds.append(" ".join(which))
    )
    monkeypatch.setattr(workspace_build, "shorten_built_scripts", lambda root: None)
    return workspace, builds, said


def test_message_types_come_first(with_messages):
    workspace, builds, said = with_messages
    build(workspace, False, "venv", workspace / "log", said.append)
    assert builds == ["--packages-select rl_manip_interfaces", ""]
    assert said == ["message types", "colcon build of rl_manip_a, rl_manip_interfaces"]


def test_without_a_compiler_only_the_message_types_are_left_out(with_messages):
    workspace, builds, said = with_messages
    build(workspace, False, "venv", workspace / "log", said.append, "c++ is missing")
    assert builds == ["--packages-ignore rl_manip_interfaces"]
    assert said[0] == "goals can be given by topic, not as actions: c++ is missing"
    # nobody finds the types of a build of before
    assert not (workspace / "install" / "rl_manip_interfaces").exists()
    # and a compiler that comes later builds them
    build(workspace, False, "venv", workspace / "log", said.append)
    assert builds[1:] == ["--packages-select rl_manip_interfaces", ""]


def test_message_types_that_fail_to_build_stop_nothing_else(with_messages, monkeypatch):
    workspace, builds, said = with_messages

    def fail(root, log, which):
        builds.append(" ".join(which))
        if "--packages-select" in which:
            raise SetUpError("no space left")

    monkeypatch.setattr(workspace_build, "colcon", fail)
    for _ in range(2):
        build(workspace, False, "venv", workspace / "log", said.append)
    assert builds == [
        "--packages-select rl_manip_interfaces",
        "--packages-ignore rl_manip_interfaces",
    ]
    assert said[1] == "goals can be given by topic, not as actions: no space left"


def test_the_robot_gets_no_training(workspace):
    kept = ["rl_manip", "rl_manip_deploy", "rl_manip_description", "rl_manip_ros"]
    for name in [*kept, "rl_manip_train"]:
        (workspace / "src" / name).mkdir()
        (workspace / "src" / name / "package.xml").write_text("")
    assert [folder.name for folder in packages(workspace, robot=True)] == kept


def test_a_package_that_is_gone_leaves_nothing_behind(workspace):
    for name in ("rl_manip_a", "rl_manip_old"):
        index = workspace / "install" / name / "share/ament_index/resource_index/packages"
        index.mkdir(parents=True)
        (index / name).touch()
        (workspace / "build" / name).mkdir(parents=True)
    forget_removed_packages(workspace, ["rl_manip_a"])
    assert [path.name for path in (workspace / "install").iterdir()] == ["rl_manip_a"]
    assert [path.name for path in (workspace / "build").iterdir()] == ["rl_manip_a"]
