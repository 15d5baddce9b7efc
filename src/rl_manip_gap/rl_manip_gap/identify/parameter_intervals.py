"""How well a fit's parameters are known, and how well the model fits at all.

A model that fits leaves noise. Whether it does is tested joint by joint against the noise of the
recording: the mean square of what is left, over the noise's, is chi-squared over its degrees of
freedom. Neighbouring samples may be alike, so that each window counts once for each signal, which
no correlation within a window can make too many.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np
from mujoco import sysid
from scipy.stats import chi2, t

from rl_manip_gap.identify.fit_residual import FitResidual

_CONFIDENCE = 0.95  # of intervals, and of the test over all joints together [1]
_SINGULAR = 1e-12  # directions that the motion shows less, over the best, are not shown [1]


def misfit(residual: np.ndarray, joints: int) -> np.ndarray:
    """RMS (n,) of a residual (m,) over the noise, joint by joint; 1 where the model fits."""
    return np.sqrt(np.mean(residual.reshape(-1, joints) ** 2, axis=0))


def largest_misfit(fit: FitResidual, joints: int) -> float:
    """What a model that fits leaves at most over the noise, in 95 % of fits no joint more [1]."""
    independent = fit.count * fit.channels
    return float(np.sqrt(chi2.ppf(1.0 - (1.0 - _CONFIDENCE) / joints, independent) / independent))


def with_free_stiffness(
    fit: FitResidual, residual: np.ndarray, jacobian: np.ndarray, slopes: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """What a fit says where the servos' stiffness, which nobody states, is free as well.

    Positions show friction, damping and inertia over stiffness, so whoever takes that for nominal
    where it is not finds friction that is none. A step that frees it tells (a score test: Rao,
    "Large sample tests of statistical hypotheses", 1948). As far as the motion leaves it open, it
    leaves them open. What tells them apart is small beside what servos of other laws do, which is
    no noise: a window counts as one sample.

    Args:
        fit: whose residual (m,) and Jacobian (m, p) these are.
        residual: at the fit.
        jacobian: of the parameters.
        slopes: (m, n) change of the residual with each stiffness.

    Returns:
        Whose stiffness (n,) is not the nominal one, in 5 % of fits any by chance; and half 95 %
        intervals (p,) of the parameters that hold whatever the stiffness is.
    """
    both = np.concatenate([slopes, jacobian], axis=1)
    joints, free = slopes.shape[1], fit.count - 1
    everywhere = np.ones(both.shape[1], dtype=bool)
    half = half_widths(fit, residual, both, everywhere)
    stricter = t.ppf(1.0 - (1.0 - _CONFIDENCE) / 2.0 / joints, free)
    stricter = stricter / t.ppf(0.5 + _CONFIDENCE / 2.0, free)
    differs = np.abs(step(residual, both)[:joints]) > stricter * half[:joints]
    return differs, half[joints:]


def half_widths(
    fit: FitResidual, residual: np.ndarray, jacobian: np.ndarray, lacking: np.ndarray
) -> np.ndarray:
    """Half 95 % intervals (p,): the larger of noise and the windows' disagreement.

    Noise: where the model lacks fit, what is left is no noise, and a window counts as one sample.
    Disagreement: jackknife over the windows, which may be as correlated within as they like and
    whose share of the model's error counts (MacKinnon and White, "Some heteroskedasticity
    consistent covariance matrix estimators", 1985).

    Args:
        fit: whose residual and Jacobian these are.
        residual: (m,).
        jacobian: (m, p).
        lacking: (p,) bool, parameters of joints that the model does not fit.
    """
    seen, scale, scaled = _scaled(jacobian)
    _, by_noise = sysid.calculate_intervals([residual], scaled)
    alike = len(residual) / (fit.count * fit.channels * fit.joints)
    by_noise = by_noise * np.where(lacking[seen], np.sqrt(alike), 1.0)
    squares, scores = _of_windows(fit, residual, scaled)
    whole = squares.sum(axis=0)
    without = np.array([_inverse(whole - one) @ score for one, score in zip(squares, scores)])
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0) * (fit.count - 1) / fit.count
    by_windows = t.ppf(0.5 + _CONFIDENCE / 2.0, fit.count - 1) * np.sqrt(spread)
    half = np.full(jacobian.shape[1], np.inf)
    half[seen] = np.maximum(by_noise, by_windows) / scale
    return half


def step(residual: np.ndarray, jacobian: np.ndarray) -> np.ndarray:
    """What a Gauss-Newton step would add to each parameter (p,); zero where nothing shows it."""
    seen, scale, scaled = _scaled(jacobian)
    added = np.zeros(jacobian.shape[1])
    added[seen] = -_inverse(scaled.T @ scaled) @ (scaled.T @ residual) / scale
    return added


def widened(half: np.ndarray, other: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Half intervals (p,) that count what another kind of motion says.

    No single set of parameters explains two kinds of motion where the model is wrong: what they
    are apart beyond their intervals is the error of the model.

    Args:
        half: (p,) of the fit.
        other: (p,) of the other motion's; infinite where it does not show a parameter.
        apart: (p,) how far the other motion's best parameters lie from the fit's.
    """
    beyond = np.zeros(len(half))
    known = np.isfinite(half) & np.isfinite(other)
    beyond[known] = apart[known] ** 2 - half[known] ** 2 - other[known] ** 2
    return np.sqrt(half**2 + np.maximum(beyond, 0.0))


def _scaled(jacobian: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which parameters show (p,), the length of their columns, and those at length 1."""
    length = np.linalg.norm(jacobian, axis=0)
    seen = length > 0.0
    return seen, length[seen], jacobian[:, seen] / length[seen]


def _of_windows(
    fit: FitResidual, residual: np.ndarray, scaled: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Of each window its J'J (W, p, p) and J'r (W, p)."""
    rows = [np.flatnonzero(fit.owner == window) for window in range(fit.count)]
    squares = np.array([scaled[mine].T @ scaled[mine] for mine in rows])
    return squares, np.array([scaled[mine].T @ residual[mine] for mine in rows])


def _inverse(square: np.ndarray) -> np.ndarray:
    return np.linalg.pinv(square, rcond=_SINGULAR, hermitian=True)
