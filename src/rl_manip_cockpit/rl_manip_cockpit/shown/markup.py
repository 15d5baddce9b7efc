"""Pieces of HTML that read well on a light and on a dark page."""

from __future__ import annotations

from html import escape
from typing import Iterable, Sequence, Tuple

GOOD, CAREFUL, BAD, PLAIN = "#2f9e44", "#e67700", "#e03131", "inherit"
"""Colours; each stands out on white and on black."""


def coloured(text: str, colour: str) -> str:
    """A text that is not marked up, in a colour."""
    return f'<span style="color:{colour}">{escape(text)}</span>'


def block(inner: str, style: str = "") -> str:
    """Marked-up text with the panel's margins; words that are too long for it are broken."""
    return (
        f'<div style="padding:0.1em 0.9em 0.5em;font-size:0.85em;overflow-wrap:anywhere;{style}">'
        f"{inner}</div>"
    )


def table(rows: Iterable[Tuple[str, str]]) -> str:
    """Names on the left, marked-up values on the right."""
    lines = "".join(
        f'<tr><td style="opacity:0.65;padding-right:0.8em;white-space:nowrap;vertical-align:top">'
        f'{escape(name)}</td><td style="text-align:right">{value}</td></tr>'
        for name, value in rows
    )
    return block(f'<table style="width:100%;border-collapse:collapse">{lines}</table>')


def bar(begin: float, end: float, colour: str) -> str:
    """A bar over a track that stands for 0 to 1, from `begin` to `end`."""
    low, high = sorted(min(max(share, 0.0), 1.0) for share in (begin, end))
    width = max(high - low, 0.02)
    left = min(low, 1.0 - width)
    return (
        '<div style="position:relative;height:0.45em;border-radius:0.25em;overflow:hidden;'
        'background:rgba(128,128,128,0.25)">'
        f'<div style="position:absolute;height:100%;left:{100 * left:.1f}%;'
        f'width:{100 * width:.1f}%;background:{colour}"></div></div>'
    )


def card(word: str, colour: str, lines: Sequence[str]) -> str:
    """A word that is seen from afar, and lines below it; always as high."""
    head = f'<div style="color:{colour};font-size:1.5em;font-weight:700">{escape(word)}</div>'
    return block(head + "".join(f"<div>{escape(line)}</div>" for line in lines), as_high_as(6.5))


def as_high_as(lines: float) -> str:
    """Of that height whatever it says: no button moves away from under a finger."""
    return f"height:{lines}em;overflow:auto"
