"""How much repeated runs differ: rows of `+` and `-` against figures worked out by hand."""

from math import comb

import pytest

from promptci.compare import alarms
from promptci.stats.power import detectable_loss
from repeated import noise_of, task_of
from tables import every_row


@pytest.fixture(autouse=True)
def _few_pairs(monkeypatch):
    """What is worked out here is no matter of the pairs that are drawn for alarms."""
    monkeypatch.setattr(alarms, "_COUNTED", (10, 10, 10))


@pytest.fixture
def four():
    """Four examples, asked five times: one steady, one failing, two that flip."""
    return noise_of({"a": "+++++", "b": "-----", "c": "+++-+", "d": "-+--+"})


def test_flips_are_listed_with_the_most_doubtful_first(four):
    assert [(each.id, each.passed) for each in four.flips] == [("d", 2), ("c", 4)]
    assert four.same_verdict == 0.5


def test_the_score_of_each_run_and_its_spread(four):
    assert four.scores == (0.5, 0.75, 0.5, 0.25, 0.75)
    assert four.score == pytest.approx(0.55)
    assert four.deviation == pytest.approx(0.2092, abs=1e-4)


def test_sigma_squared_is_the_mean_of_k_over_k_minus_1_times_p_times_1_minus_p(four):
    by_hand = (0 + 0 + 5 / 4 * 0.8 * 0.2 + 5 / 4 * 0.4 * 0.6) / 4
    assert four.variance == pytest.approx(by_hand)


@pytest.mark.slow
def test_published_noise_of_a_hundred_examples_is_4_points():
    """Forty-six of a hundred that fail one time in five have the variance .092."""
    rows = {f"{n:03}": "+-+++" if n < 46 else "+++++" for n in range(100)}
    noise = noise_of(rows)
    assert noise.variance == pytest.approx(0.092)
    assert noise.error == pytest.approx(0.043, abs=0.0005)


def test_the_chance_that_k_answers_all_pass(four):
    assert four.pass_power(1) == pytest.approx((1 + 0 + 4 / 5 + 2 / 5) / 4)
    assert four.pass_power(2) == pytest.approx((1 + 0 + 6 / 10 + 1 / 10) / 4)
    assert four.pass_power(5) == pytest.approx(1 / 4)
    assert four.pass_power(6) is None


@every_row("rate, k", [(rate, k) for rate in (0.1, 0.5, 0.8) for k in (1, 2, 3)])
def test_pass_power_and_variance_are_right_on_average(rate, k):
    """Over all outcomes of five answers, weighed by how likely each is."""
    found = {c: noise_of({"a": "+" * c + "-" * (5 - c)}).examples[0] for c in range(6)}
    weights = {c: comb(5, c) * rate**c * (1 - rate) ** (5 - c) for c in range(6)}
    powers = sum(weights[c] * each.pass_power(k) for c, each in found.items())
    variances = sum(weights[c] * each.variance for c, each in found.items())
    assert powers == pytest.approx(rate**k)
    assert variances == pytest.approx(rate * (1 - rate))


def test_other_words_with_the_same_verdict_are_no_flip():
    noise = noise_of({"a": "56789", "b": "77777"})
    assert noise.flips == ()
    assert (noise.same_text, noise.same_verdict) == (0.5, 1.0)
    assert noise.variance == pytest.approx((0.025 + 0) / 2)


def test_what_was_not_answered_is_left_out_of_everything():
    noise = noise_of({"a": "+?-+?", "b": "+????", "c": "?????", "d": "+++++"})
    assert [each.id for each in noise.examples] == ["a", "d"]
    assert noise.unanswered == ("b", "c")
    assert noise.scores == (1.0, 1.0, 0.5, 1.0, 1.0)
    assert noise.pass_power(5) == 1.0
    assert noise.is_undecided
    assert not noise_of({"a": "+-", "b": "+?"}, gate="{max_errors: 1}").is_undecided


def test_nothing_at_all_is_no_verdict():
    noise = noise_of({"a": "??"})
    assert noise.is_undecided
    assert not noise.is_deterministic


def test_a_hosted_model_that_never_varies_is_still_not_called_deterministic():
    noise = noise_of({"a": "++", "b": "--"})
    assert not noise.is_deterministic
    assert noise.variance == noise.deviation == 0
    assert noise.alarms is None


def test_who_answered_is_told_apart():
    assert noise_of({"a": "++"}).served == ("small-1",)
    assert noise_of({"a": "??"}).served == ()


def test_without_noise_the_smallest_drop_is_one_of_losses_alone():
    noise = noise_of({f"{n}": "++" for n in range(40)})
    assert noise.detectable == detectable_loss(40)


def test_noise_hides_drops():
    steady = {f"{n:02}": "+++++" for n in range(60)}
    drops = [noise_of({f"x{n}": "+-+-+" for n in range(m)} | steady).detectable for m in (0, 6, 20)]
    assert drops == sorted(drops)
    assert drops[0] < drops[1] < drops[2] < 0.5


def test_too_few_examples_show_no_drop_at_all():
    assert noise_of({"a": "++", "b": "+-"}).detectable is None


def test_graded_scores_have_a_smallest_drop_too():
    rows = {f"{n:02}": "78" for n in range(50)}
    assert noise_of(rows).detectable == pytest.approx(2.8 * (2 * 0.005 / 50) ** 0.5, rel=0.01)


def test_a_task_has_its_examples():
    assert [each.id for each in task_of(["a", "b"]).examples()] == ["a", "b"]


def test_another_text_with_the_same_answer_differs_in_words_alone():
    """TARr is of texts, TARa of what is read in them, and verdicts are a third thing."""
    noise = noise_of({"a": "+-", "b": "++", "c": "?+-"}, reads={"+": "yes", "-": "yes"})
    assert (noise.same_text, noise.same_answer, noise.same_verdict) == pytest.approx(
        (1 / 3, 1.0, 1 / 3)
    )
    other = noise_of({"a": "56", "b": "55"}, reads={"5": "five", "6": "six"})
    assert (other.same_answer, other.same_verdict) == (0.5, 1.0)


def test_where_no_scorer_reads_an_answer_there_is_no_agreement_of_answers():
    assert noise_of({"a": "+-", "b": "++"}).same_answer is None
