"""How well simulation predicts the arm over several policies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from scipy.stats import pearsonr

from rl_manip_description.wilson import CONFIDENCE, wilson_interval

_DRAWS = 1000  # of the rates, for the interval of their rank violation
_MIN_FOR_INTERVAL = 4  # policies; Fisher's interval of a correlation needs them


class CompareError(ValueError):
    """Runs that cannot be compared; one sentence says why."""


@dataclass(frozen=True)
class Trials:
    """Outcome of one policy in one place."""

    successes: int
    trials: int
    final_distance_m: Optional[float] = None  # mean [m]
    time_to_goal_s: Optional[float] = None  # mean over met goals [s]
    met: Optional[Tuple[bool, ...]] = None  # goal by goal; None where that is not known

    @property
    def rate(self) -> float:
        return self.successes / self.trials

    def to_json(self) -> Dict[str, Any]:
        values: Dict[str, Any] = {
            "successes": self.successes,
            "trials": self.trials,
            "rate": self.rate,
            "ci95": list(wilson_interval(self.successes, self.trials)),
        }
        for name in ("final_distance_m", "time_to_goal_s"):
            if getattr(self, name) is not None:
                values[name] = getattr(self, name)
        return values


@dataclass(frozen=True)
class PolicyResult:
    """One policy in simulation and on the arm."""

    policy: str
    sim: Trials
    real: Trials


def pearson(sim: np.ndarray, real: np.ndarray) -> Tuple[Optional[float], Optional[List[float]]]:
    """Correlation of success rates (N,) over policies and its 95 % interval by Fisher's z.

    None where it is not defined: fewer than two policies, or rates that are all the same.
    """
    if len(sim) < 2 or np.ptp(sim) == 0.0 or np.ptp(real) == 0.0:
        return None, None
    result = pearsonr(sim, real)
    value = float(np.clip(result.statistic, -1.0, 1.0))
    if len(sim) < _MIN_FOR_INTERVAL or abs(value) == 1.0:
        return value, None
    low, high = result.confidence_interval(CONFIDENCE)
    return value, [float(low), float(high)]


def mmrv(sim: np.ndarray, real: np.ndarray) -> Optional[float]:
    """Mean maximum rank violation of rates (N,), 0 where simulation orders policies as the arm.

    mean_i max_j |real_i - real_j| [(sim_i < sim_j) != (real_i < real_j)]
    (Li et al., "Evaluating real-world robot manipulation policies in simulation", 2024, eq. 1).
    None for fewer than two policies, which have no order.
    """
    return float(_violations(sim, real)) if len(sim) > 1 else None


def mmrv_interval(results: Sequence[PolicyResult]) -> Optional[List[float]]:
    """95 % interval of the mean maximum rank violation, by bootstrap over the trials.

    Each rate is drawn from what its trials leave possible, the Beta distribution of Jeffreys'
    prior: resampled trials of a policy that never failed would never fail. Chance alone swaps
    policies, so draws lie above the figure as the figure does above the truth: the lower end is
    the basic bootstrap's, the upper one the percentile. None for fewer than two policies.
    """
    if len(results) < 2:
        return None
    rng = np.random.default_rng(0)

    def drawn(place: Sequence[Trials]) -> np.ndarray:
        met = np.array([trials.successes for trials in place])
        missed = np.array([trials.trials for trials in place]) - met
        return rng.beta(met + 0.5, missed + 0.5, size=(_DRAWS, len(place)))

    sim, real = drawn([r.sim for r in results]), drawn([r.real for r in results])
    rates = np.array([[r.sim.rate, r.real.rate] for r in results])
    high = float(np.quantile(_violations(sim, real), (1.0 + CONFIDENCE) / 2))
    return [max(0.0, 2.0 * float(_violations(*rates.T)) - high), high]


def _violations(sim: np.ndarray, real: np.ndarray) -> np.ndarray:
    """The violation over the last axis of rates (..., N), shape (...)."""
    real_apart, sim_apart = (rate[..., :, None] - rate[..., None, :] for rate in (real, sim))
    wrong = (sim_apart < 0.0) != (real_apart < 0.0)
    return (np.abs(real_apart) * wrong).max(axis=-1).mean(axis=-1)


def difference_interval(real: Trials, sim: Trials) -> List[float]:
    """95 % interval of the difference of rates, real minus sim (Newcombe 1998, method 10)."""
    return _newcombe((real.successes, real.trials), (sim.successes, sim.trials), phi=0.0)


def paired_interval(real: Sequence[bool], sim: Sequence[bool]) -> List[float]:
    """95 % interval of the difference of rates over the same goals, real minus sim.

    Newcombe, "Improved confidence intervals for the difference between binomial proportions based
    on paired data", 1998, method 10.
    """
    pairs = list(zip(real, sim))
    both, only_real = pairs.count((True, True)), pairs.count((True, False))
    only_sim, neither = pairs.count((False, True)), pairs.count((False, False))
    n, met, foreseen = len(pairs), both + only_real, both + only_sim
    product = float(both * neither - only_real * only_sim)
    if product > 0:
        product = max(product - n / 2.0, 0.0)  # correction for continuity
    size = float(met * (n - met) * foreseen * (n - foreseen))
    phi = product / np.sqrt(size) if size else 0.0
    return _newcombe((met, n), (foreseen, n), phi)


def _newcombe(first: Tuple[int, int], second: Tuple[int, int], phi: float) -> List[float]:
    """95 % interval of the difference of two rates, (successes, trials) each, correlated by phi."""
    p, q = (successes / trials for successes, trials in (first, second))
    (p_low, p_high), (q_low, q_high) = wilson_interval(*first), wilson_interval(*second)
    below, above = (
        np.sqrt(a**2 - 2.0 * phi * a * b + b**2)
        for a, b in ((p - p_low, q_high - q), (p_high - p, q - q_low))
    )
    return [float(p - q - below), float(p - q + above)]


def comparison(results: Sequence[PolicyResult]) -> Dict[str, Any]:
    """The content of compare.json."""
    sim = np.array([result.sim.rate for result in results])
    real = np.array([result.real.rate for result in results])
    correlation, interval = pearson(sim, real)
    return {
        "schema_version": 1,
        "pearson": correlation,
        "pearson_ci95": interval,
        "mmrv": mmrv(sim, real),
        "mmrv_ci95": mmrv_interval(results),
        "policies": [
            {
                "policy": result.policy,
                "sim": result.sim.to_json(),
                "real": result.real.to_json(),
                "difference": result.real.rate - result.sim.rate,
                "difference_ci95": difference_interval(result.real, result.sim),
                **_goal_by_goal(result),
                **{
                    f"{name[:-2]}_difference_{name[-1]}": _minus(
                        getattr(result.real, name), getattr(result.sim, name)
                    )
                    for name in ("final_distance_m", "time_to_goal_s")
                },
            }
            for result in results
        ],
    }


def _goal_by_goal(result: PolicyResult) -> Dict[str, Any]:
    """The same goals in both places, and the interval that pairing gives; empty without pairs."""
    real, sim = result.real.met, result.sim.met
    if real is None or sim is None or len(real) != len(sim):
        return {}
    pairs = list(zip(sim, real))
    return {
        "difference_ci95": paired_interval(real, sim),
        "paired": {
            "goals": len(pairs),
            "both": pairs.count((True, True)),
            "only_sim": pairs.count((True, False)),
            "only_real": pairs.count((False, True)),
            "neither": pairs.count((False, False)),
        },
    }


def _minus(real: Optional[float], sim: Optional[float]) -> Optional[float]:
    return None if real is None or sim is None else real - sim


def read_results(paths: Sequence[Path]) -> List[PolicyResult]:
    """Results from JSON lists and from run folders (evaluation.json and gap/gap.json).

    Raises:
        CompareError: nothing given, or a file that is missing or not what it should be.
    """
    results: List[PolicyResult] = []
    for path in paths:
        results += _from_run(path) if path.is_dir() else _from_list(path)
    if not results:
        raise CompareError("no results given: name JSON lists or run folders.")
    return results


def _from_list(path: Path) -> List[PolicyResult]:
    entries = _load(path)
    if not isinstance(entries, list):
        raise CompareError(f"{path} holds no JSON list of policies with sim and real trials.")
    results = []
    for index, entry in enumerate(entries):
        where = f"{path}, entry {index}"
        if not isinstance(entry, dict) or not isinstance(entry.get("policy"), str):
            raise CompareError(f'{where}: expected an object with "policy", "sim" and "real".')
        sim, real = (_trials(entry.get(key), f"{where}, {key}") for key in ("sim", "real"))
        results.append(PolicyResult(entry["policy"], sim, real))
    return results


def _from_run(folder: Path) -> List[PolicyResult]:
    evaluation = _load(folder / "evaluation.json")
    gap = _load(folder / "gap" / "gap.json")
    sim = (gap.get("task") or {}).get("sim") if isinstance(gap, dict) else None
    if sim is None:
        raise CompareError(
            f"{folder}/gap/gap.json holds no closed-loop simulation: make the report with --policy."
        )
    if not isinstance(evaluation, dict):
        raise CompareError(f"{folder}/evaluation.json is no evaluation: evaluate the policy again.")
    # A gap report counts goals; a list counts trials.
    real = {**evaluation, "trials": evaluation.get("goals")}
    return [
        PolicyResult(
            str(evaluation.get("policy") or folder.name),
            _trials({**sim, "trials": sim.get("goals")}, f"{folder}/gap/gap.json, task.sim"),
            _trials(real, f"{folder}/evaluation.json"),
        )
    ]


def _trials(values: Any, where: str) -> Trials:
    given = values if isinstance(values, dict) else {}
    successes, trials = (_whole(given.get(key)) for key in ("successes", "trials"))
    if successes is None or not trials or not 0 <= successes <= trials:
        raise CompareError(
            f"{where} is {json.dumps(values)[:120]}, expected whole numbers "
            '"successes" <= "trials", at least one trial.'
        )
    distance, time = (given.get(f"mean_{key}") for key in ("final_distance_m", "time_to_goal_s"))
    if not all(mean is None or _is_measure(mean) for mean in (distance, time)):
        raise CompareError(
            f"{where} has the means {[distance, time]}, expected numbers of at least 0."
        )
    goals = given.get("per_goal")
    met = None
    if isinstance(goals, list) and len(goals) == trials:
        met = tuple(isinstance(goal, dict) and goal.get("success") is True for goal in goals)
    return Trials(successes, trials, distance, time, met)


def _whole(value: Any) -> Optional[int]:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_measure(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and 0.0 <= value < float("inf")


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CompareError(f"{path} cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise CompareError(f"{path} is no JSON ({error}).") from None
