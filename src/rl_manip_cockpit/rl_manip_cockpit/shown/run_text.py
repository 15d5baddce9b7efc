"""What a run's page says of the run and of its newest checkpoint."""

from __future__ import annotations

from html import escape
from typing import Dict

from rl_manip_cockpit.shown.markup import BAD, CAREFUL, GOOD, PLAIN, block, card, coloured, table
from rl_manip_cockpit.state.run_seen import CheckpointSeen, RunSeen
from rl_manip_description.wilson import wilson_interval

COLOURS: Dict[str, str] = {"running": GOOD, "ended": PLAIN, "failed": BAD, "gone": BAD}


def run_text(seen: RunSeen) -> str:
    """How the run stands, in one word and what there is to say of it."""
    return card(seen.word.upper(), COLOURS.get(seen.word, CAREFUL), seen.lines)


def facts_text(seen: RunSeen) -> str:
    """Its settings, and how far it is."""
    rows = [(name.replace("_", " "), escape(value)) for name, value in seen.facts.items()]
    if seen.rows:
        last = seen.rows[-1]
        rows.append(("control steps", f"{last['env_steps']:,}"))
        wall = last.get("charts/wall_s")
        rows += [("trained for", f"{wall:.0f} s")] if wall is not None else []
    return table(rows)


def checkpoint_text(seen: CheckpointSeen) -> str:
    """Which policy moves the arms, and how it does."""
    if seen.trouble:
        return block(coloured(f"{seen.name} is not shown: {seen.trouble}", BAD))
    if not seen.name:
        return block("no checkpoint yet: the arms come with the first one")
    met = "no episode has ended yet"
    if seen.ended:
        low, high = wilson_interval(seen.met, seen.ended)
        met = f"{seen.met} of {seen.ended} episodes ({low:.0%} to {high:.0%})"
    return table(
        [
            ("checkpoint", escape(seen.name)),
            ("learned from", f"{seen.env_steps:,} control steps"),
            ("met here", met),
        ]
    )
