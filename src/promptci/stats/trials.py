"""Several trials of the same example: the chance that one of k passes, and that all k do.

Chances are in 0..1. Both functions raise `ValueError` unless 1 <= k <= trials and
0 <= passed <= trials.
"""

from math import comb


def pass_any(trials: int, passed: int, k: int) -> float:
    """The chance that at least one of k trials passes: 1 - C(n-c, k) / C(n, k), without bias.

    Chen et al. 2021, "Evaluating Large Language Models Trained on Code" (arXiv:2107.03374), where
    `c` of `n` trials passed.
    """
    _check(trials, passed, k)
    return 1 - comb(trials - passed, k) / comb(trials, k)


def pass_power(trials: int, passed: int, k: int) -> float:
    """The chance that all of k trials pass, pass^k: C(c, k) / C(n, k), without bias.

    Yao et al. 2024, "tau-bench" (arXiv:2406.12045), where `c` of `n` trials passed.
    """
    _check(trials, passed, k)
    return comb(passed, k) / comb(trials, k)


def _check(trials: int, passed: int, k: int) -> None:
    if not 1 <= k <= trials or not 0 <= passed <= trials:
        raise ValueError(f"{passed} of {trials} trials passed: nothing to say of {k}")
