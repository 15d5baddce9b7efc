"""Settings as dataclasses: paths that begin with a `~`, wherever in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

from rl_manip_description.contract.settings import with_home


@dataclass(frozen=True)
class Inner:
    resume: Optional[Path] = None
    steps: int = 3


@dataclass(frozen=True)
class Outer:
    runs: Tuple[Path, ...] = ()
    name: str = "~/no path"
    inner: Inner = Inner()


def test_every_path_is_expanded_and_nothing_else(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    given = Outer((Path("~/a"), Path("b/~")), inner=Inner(Path("~/c.pt")))
    expanded = with_home(given)
    assert expanded.runs == (Path("/home/someone/a"), Path("b/~"))
    assert expanded.inner == Inner(Path("/home/someone/c.pt"))
    assert expanded.name == "~/no path"


def test_what_has_no_such_path_stays_itself():
    given = Outer((Path("a"),))
    assert with_home(given) == given
    assert with_home(None) is None
