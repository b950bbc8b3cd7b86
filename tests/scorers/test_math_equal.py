"""Expressions that are equal, however they are written; SymPy compares them, also in a child."""

import json
from importlib.util import find_spec

import pytest

from promptci.sandbox.child.algebra import compare_trees
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.values.mathtext import NotMath, read_math
from promptci.specs.completion import Completion
from scorers.stub import drive
from tables import every_row

pytestmark = pytest.mark.slow

if find_spec("sympy") is None:
    pytest.skip("it is of the extra `math`", allow_module_level=True)

SAME = [
    (r"$0.\overline{3}$", "1/3"),
    (r"\boxed{10\ \text{m}}", "10"),
    ("2,00625", "2.00625"),
    ("The answer is 4 4/9.", "40/9"),
    ("no real solutions", r"\emptyset"),
    (r"\text{No solution}", "no solution"),
    ("All real numbers", r"\mathbb{R}"),
    ("1.5e3", "1500"),
    (r"$\langle 1, 2 \rangle$", "(1,2)"),
    (r"$0.1\overline{6}$", "1/6"),
    ("0.333…", "1/3"),
    ("The answer is 0.1666...", "1/6"),
    (r"\boxed{\tan 45^\circ}", "1"),
    (r"\boxed{\cos(60^\circ)}", "1/2"),
    ("So $a = 4$ and $b = -1$, giving $a + b = 3$.", "3"),
    (r"$x \leq -2$ or $x \geq 3$", r"x \geq 3 or x \leq -2"),
    (r"$x \leq -2$ or $x \geq 3$", r"(-\infty,-2]\cup[3,\infty)"),
    (r"21, 46, \text{ and } 82", "46, 82, 21"),
    (r"\sqrt{3 + 2\sqrt{2}}", r"1 + \sqrt{2}"),
    (r"\boxed{\binom{5}{2}}", "10"),
    (r"\boxed{\$15,\!000}", "15000"),
    (r"$\boxed{11,\! 111,\! 100}$", "11111100"),
    (r"1\,234.5", "1234.5"),
    ("x<2", "2>x"),
    ("$x > 3$", r"(3,\infty)"),
    (r"$5 \geq x > -2$", "(-2,5]"),
    (r"\boxed{\;\angle APC = 74^\circ\;}", r"74^\circ"),
    ("2", "2 = y"),
    ("33.5 percent", "0.335"),
    ("1.4142135623730951", r"\sqrt{2}"),
    ("42 because geometry proves it", "42"),
    ("Final Answer: The largest $n$ is 34.", "34"),
    (r"\(\boxed{1112112_3}\)", "1112112_3"),
    (r"7+e^{-4}, attained at $(-2,3)$", "$e^{-4} + 7$"),
    ("**10 m**", "10"),
    (r"\boxed{V \approx 5.09}", "5.09"),
    (r"The length is $4\sqrt{5}$ cm ≈ 8.94 cm.", r"4\sqrt{5}"),
    ("So $x = 2$ or $x = 3$.", "2, 3"),
    ("**x = 3 or x = -2**", r"\{-2, 3\}"),
    ("x_1 = 2, x_2 = 3", "x = 3, x = 2"),
    (r"the final answer is $x-2y+z-1=0$. I hope it is correct.", "x-2y+z-1=0"),
    ("The vertex is at $(2, -3)$.", "(2,-3)"),
    ("odd $n$", "odd $n$"),
    (r"$\frac{1}{3} \textbf{meters}$", "1/3"),
    (r"\boxed{\text{Monday}}", r"\text{Monday}"),
    (r"\boxed{\text{Monday}}", "Monday"),
    ("So it falls on a **Monday**.", "monday"),
    ("The answer is Evelyn.", r"\text{Evelyn}"),
    (r"\boxed{\text{June 20}}", r"\text{June 20}"),
    (r"\boxed{11:30}", "11:30"),
    (r"\boxed{11{:}30\text{ a.m.}}", r"11:30 am"),
    ("3 : 4", "3:4"),
    (r"\boxed{\text{(C)}}", r"\text{C}"),
    (r"\boxed{10\%}", "10"),
    ("10", r"10\%"),
    (r"\boxed{x \in [1,2]}", "[1,2]"),
    (r"\boxed{11\frac{1}{2}}", "11.5"),
    (r"-11\frac12", "-23/2"),
    (r"$10\text{ cm}$", "10"),
    (r"\$18", "18"),
    (
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        r"\begin{bmatrix}1&2\\3&\frac{8}{2}\end{bmatrix}",
    ),
    (r"2\sqrt{3}", r"\sqrt{12}"),
    (r"x = \boxed{2\sqrt{3}}", r"2\sqrt{3}"),
    (r"The answer is $\frac{\sqrt{3}}{2}$.", r"\dfrac{1}{2}\sqrt{3}"),
    ("0.5", r"\frac12"),
    (r"\frac{1}{2}", "1/2"),
    ("50%", "1/2"),
    (r"(x+1)^2", "x^2 + 2x + 1"),
    (r"$x^2 - 1$", "(x-1)(x+1)"),
    ("2x + 3", "3 + 2*x"),
    ("y = 2x + 3", "2x+3"),
    ("y = 2x + 3", "y = 3 + 2x"),
    ("2x + 2y = 4", "x + y = 2"),
    ("(1, 2]", r"\left(1, 2\right]"),
    (r"(-\infty, 3)", r"(-\infty,3)"),
    (r"(-\infty, 0) \cup (1, \infty)", r"(1,\infty)\cup(-\infty,0)"),
    (r"\{1, 2\}", r"\{2, 1\}"),
    ("1, 2", "2, 1"),
    (r"x = \pm 2", "2, -2"),
    (r"1 \pm \sqrt{2}", r"1 + \sqrt2, 1 - \sqrt2"),
    (r"\sin^2 x + \cos^2 x", "1"),
    (r"\log_2 8", "3"),
    (r"\ln e^2", "2"),
    (r"2\pi", "6.28318530717958647692528676655900576839"),
    ("90^\\circ", "90"),
    ("1,234", "1234"),
    (r"1{,}234", "1234"),
    (r"5!", "120"),
    (r"\sqrt[3]{27}", "3"),
    (r"2^{10}", "1024"),
    ("√2/2", r"\frac{1}{\sqrt{2}}"),
    (r"|-3|", "3"),
    ("So the result is\n\n$$\\frac{3}{4}$$", "0.75"),
    ("#### 3/4", "0.75"),
    (r"e^{i\pi}", "-1"),
]
OTHER = [
    (r"9.109 \times 10^{-31}", r"1.673 \times 10^{-27}"),
    (r"\frac{1}{2006!}", r"\frac{1}{2004!}"),
    (r"\frac{1}{2^{98}}", r"\frac{1}{2^{99}}"),
    (r"\sqrt{2} + 2^{-90}", r"\sqrt{2}"),
    ("21, 36, and 82", r"19, 46, \text{ and } 82"),
    ("x > 3", r"[3,\infty)"),
    ("x < 3", "x > 3"),
    ("x > 2", "x > 3"),
    ("1.4142", r"\sqrt{2}"),
    (r"\boxed{1112122_3}", "1112112_3"),
    ("12345678901", "12345678902"),
    ("So $x = 2$ or $x = 3$.", "2"),
    ("The area is 25 square units", r"25\pi"),
    ("219_3", "2"),
    (r"\boxed{\text{Tuesday}}", r"\text{Monday}"),
    ("It is not Monday", "Monday"),
    ("12:30", "11:30"),
    ("11.5", "11:30"),
    ("2", "Monday"),
    ("10/100", "10"),
    (r"3\sqrt{3}", r"2\sqrt{3}"),
    ("x^2", "x^3"),
    ("(1, 2)", "(1, 2]"),
    ("(1, 2)", "(2, 1)"),
    ("1, 2", "1, 2, 3"),
    ("0.33", "1/3"),
    ("x + y = 3", "x + y = 2"),
    (r"\{1, 2\}", r"\{1, 3\}"),
    ("I do not know", "2"),
    ("1/0", "2"),
    ("", "2"),
    (r"9^{9^{9^9}}", "2"),
]


def worked_out(request):
    """What the child says of a job."""
    import sympy  # late: it takes half a second, and each worker reads this module

    said = json.dumps(compare_trees(sympy, json.loads(request.messages[0].content)))
    told = {"code": 0, "killed": "", "output": said, "error": ""}
    return Completion(json.dumps(told))


@pytest.fixture
def compared(bound, subject):
    def judge(output, expected):
        return drive(bound("math_equal").judge(subject(output, expected)), worked_out)[0]

    return judge


@every_row(("output", "expected"), SAME)
def test_the_same(compared, output, expected):
    found = compared(output, expected)
    assert found.passed, found


@every_row(("output", "expected"), OTHER)
def test_another(compared, output, expected):
    found = compared(output, expected)
    assert (found.value, found.passed) == (0.0, False)


def test_a_child_says_the_same(sandboxed):
    assert sandboxed("math_equal", *SAME[0], files={}).passed
    found = sandboxed("math_equal", *OTHER[0], files={})
    assert not isinstance(found, NoVerdict)
    assert (found.value, found.passed) == (0.0, False)


HOSTILE = ["__import__('os').system('true')", "x" * 2_000, "(" * 500, "lambda: 0", "\\frac", "1 +"]


@every_row("text", HOSTILE)
def test_what_is_no_mathematics_is_not_read(text):
    with pytest.raises(NotMath):
        read_math(text)


def test_a_golden_that_is_no_mathematics_is_a_fault_of_the_eval(unusable):
    assert unusable("math_equal", "about five") == (
        '"about five" is no mathematics that can be read'
    )


def test_what_takes_too_long_is_not_the_same(sandboxed):
    scorer = {"math_equal": {"seconds": 0.1}}
    found = sandboxed(scorer, r"\sin(x^{9999})^{9999} (x+1)^{9999}", "(x+2)^{9998}", files={})
    assert not found.passed
