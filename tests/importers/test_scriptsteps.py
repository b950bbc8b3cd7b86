"""Scripts of several statements in assertions: read as one expression, or told."""

import pytest

from promptci.importers.promptfoo.scripts import scorer_of_script
from promptci.importers.promptfoo.scriptsteps import is_graded
from tables import every_row

ANY = ("contains_any", {"value": ["a", "b"], "ignore_case": True})


@every_row(
    ("language", "code", "made"),
    [
        ("python", "text = output.lower()\nreturn any(w in text for w in ['a', 'b'])", ANY),
        ("python", "import json\n# comment\ndata = json.loads(output)\nreturn data['k'] == 'v'",
         ("equals", {"value": "v", "extract": {"json": "k"}})),
        ("python", "'a' not in output", ("contains", {"not": True, "value": "a"})),
        ("python", "1.0 if len(output) < 9 else 0.0", ("length", {"max": 8})),
        ("python", "ok = 'a' in output\nreturn {'pass': ok, 'score': 1 if ok else 0, 'reason': ''}",
         ("contains", {"value": "a"})),
        ("javascript", "const t = output?.toLowerCase();return ['a', 'b'].some(w => t.includes(w))",
         ANY),
        ("javascript", "const a = 'x; // y';\nreturn output.includes(a);",
         ("contains", {"value": "x; // y"})),
    ],
)  # fmt: skip
def test_statements_are_one_expression(language: str, code: str, made: object) -> None:
    assert scorer_of_script(code, language) == made


@every_row(
    "code",
    [
        "let n = 0; for (const w of ['a']) { if (output.includes(w)) n++; } return n > 0;",
        "const ok = output.includes('a'); return { pass: ok };",
        "const output = 'a'; return output.includes('a');",
        "if (output.includes('a')) return false; else return output.includes('b');",
        "try { return output.includes('a'); } catch (e) { return true; }",
        "const a = await fetch('x'); return output.includes(a);",
        "['A', 'b'].some(w => output.toLowerCase().includes(w))",
        "['a', ''].some(w => output.includes(w))",
        "['a', 'b', 'c'].filter(w => output.includes(w)).length === 2",
        "/[A-Z]x/.test(output.toLowerCase())",
        "const a = b; const b = a; return output.includes(a);",
        "(" * 5_000 + "output" + ")" * 5_000,
        "!" * 5_000 + "output",
        "const a0 = 'xxxxxxxx';" + "".join(f"const a{n + 1} = a{n} + a{n};" for n in range(40)),
    ],
)
def test_all_other_code_is_told(code: str) -> None:
    with pytest.raises(ValueError, match=r"code|capitals|empty text|no more and no less"):
        scorer_of_script(code, "javascript")


def test_a_score_between_is_known() -> None:
    graded = "const n = 1; return {pass: output.length > 2, score: n / 3, reason: ''};"
    assert is_graded(graded, "javascript")
    plain = (
        "const bad = output.includes('a');\nreturn {pass: !bad, score: bad ? 0 : 1, reason: ''};"
    )
    assert not is_graded(plain, "javascript")
