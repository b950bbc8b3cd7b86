"""Intervals, paired tests and corrections: pure functions over plain numbers.

Throughout, `lost` examples passed on the base and fail on the head, `won` the reverse, and a
difference is head minus base.
"""

from promptci.stats.agreement import (
    FEWEST_RANKED,
    Correlation,
    Kappa,
    cohen_kappa,
    pearson,
    rank_correlation,
    spearman,
)
from promptci.stats.binomial import lower_tail
from promptci.stats.clusters import cluster_sums, clustered_error, clustered_mean_interval
from promptci.stats.describe import mean, percentile
from promptci.stats.effect import detectable_effect, examples_for_effect
from promptci.stats.evalue import log_evalue, log_evalue_of_loss
from promptci.stats.families import benjamini_hochberg, holm, look_level
from promptci.stats.graded import graded_test
from promptci.stats.interval import Interval, PValue
from promptci.stats.mcnemar import exact_mcnemar, midp_mcnemar
from promptci.stats.power import (
    PairedTest,
    detectable_drop,
    detectable_loss,
    drop_power,
    examples_for_drop,
    examples_to_settle,
)
from promptci.stats.proportion import clopper_pearson, newcombe, wilson, wilson_of_shares
from promptci.stats.signflip import exact_sign_flip, sampled_sign_flip
from promptci.stats.student import (
    interval_of_scores,
    mean_interval,
    standard_error,
    t_interval,
    t_tail,
    t_test,
)
from promptci.stats.tango import tango
from promptci.stats.trials import pass_any, pass_power
from promptci.stats.verdict import Claim, verdict
from promptci.stats.visible import visible_drop

__all__ = [
    "FEWEST_RANKED",
    "Claim",
    "Correlation",
    "Interval",
    "Kappa",
    "PValue",
    "PairedTest",
    "benjamini_hochberg",
    "clopper_pearson",
    "cluster_sums",
    "clustered_error",
    "clustered_mean_interval",
    "cohen_kappa",
    "detectable_drop",
    "detectable_effect",
    "detectable_loss",
    "drop_power",
    "exact_mcnemar",
    "exact_sign_flip",
    "examples_for_drop",
    "examples_for_effect",
    "examples_to_settle",
    "graded_test",
    "holm",
    "interval_of_scores",
    "log_evalue",
    "log_evalue_of_loss",
    "look_level",
    "lower_tail",
    "mean",
    "mean_interval",
    "midp_mcnemar",
    "newcombe",
    "pass_any",
    "pass_power",
    "pearson",
    "percentile",
    "rank_correlation",
    "sampled_sign_flip",
    "spearman",
    "standard_error",
    "t_interval",
    "t_tail",
    "t_test",
    "tango",
    "verdict",
    "visible_drop",
    "wilson",
    "wilson_of_shares",
]
