"""Newton's steps by which a topic's model is fitted to its lessons, and its probabilities to them.

Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, chapter 3; Platt, 1999.
"""

import numpy as np
from numpy.typing import NDArray

_PARTS = (1.0, 0.5, 0.25, 0.1, 0.02)
"""Parts of a step of Newton's that are tried in turn."""

Numbers = NDArray[np.float64]


def fitted(
    kernel: Numbers, wanted: Numbers, weight: Numbers, start: Numbers
) -> tuple[Numbers, Numbers]:
    """The strength of each lesson, and where each would stand had it been left out."""
    strength = np.zeros(len(wanted))
    loss = _loss(kernel, strength, wanted, weight, start)
    for _ in range(15):
        at = sigmoid(kernel @ strength + start)
        spread = np.maximum(weight * at * (1 - at), 1e-4)
        target = kernel @ strength + weight * (wanted - at) / spread
        system = kernel + np.diag(1 / spread)
        before = strength
        step = np.asarray(np.linalg.solve(system, target), np.float64) - before
        for part in _PARTS:
            # Where lessons have much in common a whole step may lead past the answer, and away.
            strength = before + part * step
            found = _loss(kernel, strength, wanted, weight, start)
            if found <= loss:
                break
        loss = found
        if float(np.abs(strength - before).max()) < 1e-3:
            break
    return strength, target - strength / np.diag(np.linalg.inv(system)) + start


def _loss(
    kernel: Numbers, strength: Numbers, wanted: Numbers, weight: Numbers, start: Numbers
) -> float:
    """What is to be least: how unlikely the lessons are, and how far the weights are from none."""
    pulled = kernel @ strength
    away = np.logaddexp(0, np.where(wanted > 0, -(pulled + start), pulled + start))
    return float(weight @ away + strength @ pulled / 2)


def calibrated(left_out: Numbers, wanted: Numbers, weight: Numbers) -> tuple[float, float]:
    """Slope and shift that make what was said of left-out lessons right on average (Platt)."""
    slope, shift = 1.0, 0.0
    said = np.clip(left_out, -12, 12)
    # Ten lessons' worth of belief in the model as it is.
    for _ in range(20):
        at = sigmoid(slope * said + shift)
        error, spread = weight * (wanted - at), weight * at * (1 - at)
        gradient = np.array([error @ said - 10 * (slope - 1), error.sum() - 10 * shift])
        bend = np.array(
            [
                [spread @ (said * said) + 10, spread @ said],
                [spread @ said, spread.sum() + 10],
            ]
        )
        step = np.linalg.solve(bend, gradient)
        slope, shift = slope + float(step[0]), shift + float(step[1])
        if float(np.abs(step).max()) < 1e-6:
            break
    return round(max(0.2, slope), 6), round(shift, 6)


def sigmoid(values: Numbers) -> Numbers:
    """The probability that belongs to where something stands."""
    made: Numbers = 1 / (1 + np.exp(-np.clip(values, -30, 30)))
    return made
