"""Names that packages offer: whose they are, and a sentence for each way in which that fails."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_package import install, install_for_ament

from rl_manip_description import registry
from rl_manip_description.registry import Registry, RegistryError, UnknownNameError, own

GROUP = "rl_manip.toys"


@pytest.fixture
def toys():
    """Two toys of ours: modules of the standard library, which load at once."""
    return Registry(
        "toy",
        GROUP,
        own("our_toys", {"ball": "math:pi", "car": "math:e"}),
        also=("auto",),
        problem=lambda name, thing: "" if isinstance(thing, float) else f"is {thing!r}, not float",
    )


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Installs packages that Python finds: packages("their_toys", {"doll": "theirs:DOLL"}, …)."""

    def make(package, points, modules=None, group=GROUP):
        folder = tmp_path / package
        install(folder, package, {group: points}, modules or {})
        monkeypatch.syspath_prepend(folder)

    yield make
    for name in ("theirs", "others"):
        sys.modules.pop(name, None)


def refused(toys, name, kind=RegistryError):
    with pytest.raises(kind) as refusal:
        toys.load(name)
    text = str(refusal.value)
    assert "\n" not in text
    return text


def test_ours_and_theirs_are_found_by_name_with_whose_they_are(toys, packages):
    packages("their_toys", {"doll": "theirs:DOLL"}, {"theirs": "DOLL = 2.0"})
    assert list(toys) == ["auto", "ball", "car", "doll"]
    assert len(toys) == 4
    assert "doll" in toys
    assert "kite" not in toys
    assert (toys.load("ball"), toys.load("doll")) == (pytest.approx(3.14159), 2.0)
    assert toys.find("doll").package == "their_toys"
    assert toys.listed() == "auto; ball, car (our_toys); doll (their_toys)"


def test_nothing_is_imported_to_know_what_there_is(toys, packages):
    packages("their_toys", {"doll": "theirs:DOLL"}, {"theirs": "raise RuntimeError"})
    assert "doll" in toys.listed()
    assert toys.load("ball") > 3.0  # nor does a broken package hurt who does not ask for it
    assert "theirs" not in sys.modules


def test_another_group_is_another_matter(toys, packages):
    packages("their_toys", {"doll": "theirs:DOLL"}, group="rl_manip.tools")
    assert "doll" not in toys


def test_an_unknown_name_is_told_the_nearest_and_all(toys, packages):
    packages("their_toys", {"doll": "theirs:DOLL"})
    expected = "toy is 'dol', expected one of auto, ball, car, doll; the nearest is 'doll'"
    assert refused(toys, "dol", UnknownNameError) == expected
    assert "nearest" not in refused(toys, "xyz")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise OSError('no\\nluck')", "OSError: no luck"),
        ("", "AttributeError: module 'theirs' has no attribute 'DOLL'"),
        ("DOLL = ", "SyntaxError: "),
    ],
)
def test_what_does_not_load_is_said_with_the_package(toys, packages, source, said):
    packages("their_toys", {"doll": "theirs:DOLL"}, {"theirs": source})
    text = refused(toys, "doll")
    assert text.startswith("toy 'doll' comes from the package their_toys (theirs:DOLL), which does")
    assert said in text
    assert text.endswith("mend or remove that package")


def test_what_is_something_else_is_said_with_the_package(toys, packages):
    packages("their_toys", {"doll": "theirs:DOLL"}, {"theirs": "DOLL = 'two'"})
    assert "their_toys (theirs:DOLL) and is 'two', not float; mend or" in refused(toys, "doll")


def test_a_name_that_two_offer_is_nobodys(toys, packages):
    packages("their_toys", {"ball": "theirs:BALL"})
    packages("other_toys", {"car": "others:A", "kite": "others:B"})
    expected = (
        "toy 'ball' is offered by our_toys (math:pi) and by their_toys (theirs:BALL); rename or "
        "remove one of them"
    )
    assert refused(toys, "ball") == expected
    assert "our_toys (math:e) and by other_toys (others:A)" in refused(toys, "car")
    assert list(toys) == ["auto", "ball", "car", "kite"]


def test_a_package_that_is_there_twice_counts_once_as_in_an_overlay(
    toys, packages, tmp_path, monkeypatch
):
    packages("their_toys", {"doll": "theirs:DOLL"}, {"theirs": "DOLL = 2.0"})
    over = tmp_path / "overlay"
    install(over, "their_toys", {GROUP: {"doll": "theirs:DOLL"}}, {"theirs": "DOLL = 3.0"})
    monkeypatch.syspath_prepend(over)
    assert toys.load("doll") == 3.0


def test_another_interpreter_is_given_the_folders_of_overlays_only(packages, tmp_path, monkeypatch):
    packages("their_toys", {"doll": "theirs:DOLL"})
    packages("installed_toys", {"kite": "others:KITE"})
    own_folders = {"purelib": str(tmp_path / "installed_toys"), "platlib": "/nowhere"}
    monkeypatch.setattr(registry.sysconfig, "get_path", own_folders.get)
    folders = registry.overlay_folders()
    assert str(tmp_path / "their_toys") in folders
    assert str(tmp_path / "installed_toys") not in folders


def test_the_first_prefix_counts_in_the_ament_index(tmp_path, monkeypatch):
    over, under = tmp_path / "over", tmp_path / "under"
    for prefix in (over, under):
        install_for_ament(prefix, "robots", GROUP)
    install_for_ament(under, "more_robots", GROUP)
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{over}::{under}:{tmp_path / 'gone'}")
    assert registry.ament_packages(GROUP) == {"robots": over, "more_robots": under}
    monkeypatch.delenv("AMENT_PREFIX_PATH")
    assert registry.ament_packages(GROUP) == {}


def interpreter():
    """Path of a Python 3.8 that runs, or None."""
    installed = [str(path) for path in Path.home().glob(".pyenv/versions/3.8*/bin/python")]
    for python in [*installed, shutil.which("python3.8")]:
        if python and subprocess.run([python, "--version"], capture_output=True).returncode == 0:
            return python
    return None


@pytest.mark.skipif(interpreter() is None, reason="no Python 3.8 on this machine")
def test_python_38_finds_entry_points_too(tmp_path):
    modules = {"theirs": "DOLL = 2.0"}
    install(tmp_path, "their_toys", {GROUP: {"doll": "theirs:DOLL"}}, modules)
    folder = str(Path(importlib.import_module("rl_manip_description").__file__).parent)
    # alone, as that interpreter may have no numpy
    program = (
        f"import sys; sys.path[:0] = [{folder!r}, {str(tmp_path)!r}]; import registry as r; "
        f"toys = r.Registry('toy', {GROUP!r}, r.own('ours', {{'ball': 'math:pi'}})); "
        "print(toys.listed(), toys.load('doll'), toys.load('ball') > 3)"
    )
    done = subprocess.run([interpreter(), "-c", program], capture_output=True, text=True)
    assert done.stdout == "ball (ours); doll (their_toys) 2.0 True\n", done.stderr
