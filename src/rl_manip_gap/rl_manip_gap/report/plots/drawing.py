"""What every drawing of the pages has: colours that follow the page, a canvas, SVG text."""

from __future__ import annotations

import io
import re
from typing import Any, Tuple

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

# Stand-ins that the page's colours replace; no data is drawn in them.
INK, _GRID = "#0a0b0c", "#0a0b0d"
# Readable on white and on near-black alike.
ARM, SIM, ALIGNED, SCALED, GOAL = "#d1495b", "#2a8fbd", "#4ca64c", "#8b6fc9", "#d99a1c"
POINTS = 1500  # points drawn per line: more cannot be seen
STYLE: Any = {  # Any: their types list every key that there is
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": INK,
    "axes.titlesize": 9.5,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.3,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def thinned(time: np.ndarray, values: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """So many of the points (k,) that a line through them looks the same."""
    step = max(1, len(time) // POINTS)
    return time[::step], values[::step]


def short_name(name: str) -> str:
    """Of a joint, for where space is short."""
    return name.removesuffix("_joint").replace("_", " ")


def new_canvas(width: float, height: float) -> Tuple[Canvas, Axes]:
    """Of a size in inches."""
    return pyplot.subplots(figsize=(width, height), layout="constrained")


def add_legend(axes: Axes) -> None:
    """Above the drawing, in a row."""
    axes.legend(loc="upper left", ncols=3, bbox_to_anchor=(0.0, 1.17), borderaxespad=0.0)


def as_svg(canvas: Canvas, title: str) -> str:
    """The drawing as one SVG element that scales with the page and follows its colours."""
    with io.StringIO() as text, matplotlib.rc_context({"svg.hashsalt": title}):
        canvas.savefig(text, format="svg", transparent=True, metadata={"Date": None})
        svg = text.getvalue()
    pyplot.close(canvas)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*" ([^>]*?)width="[^"]*"', r"<svg \1\2", svg, count=1)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*" ([^>]*?)height="[^"]*"', r"<svg \1\2", svg, count=1)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
    # Several drawings share one page: their identifiers must not meet.
    prefix = re.sub(r"\W+", "-", title.lower())
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    return svg.replace(INK, "var(--ink)").replace(_GRID, "var(--grid)")
