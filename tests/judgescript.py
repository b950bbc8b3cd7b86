"""A judge that says what the judged text asks for, in the forms of promptfoo and in ours.

`[judge: score=0.8 pass=true class=same met=Y ten=8 yes=3/4]` in a text are its verdicts, and
`[at 0.8]` is how near its embedding is to one of a text without it.
"""

import json
import re
from math import sqrt
from typing import Any

from fakes import Asked

CLASSES = {"subset": "A", "superset": "B", "same": "C", "disagree": "D", "differ": "E"}


def judge(asked: Asked) -> Any:
    """The reply to one request, by promptfoo or by us."""
    if "input" in asked.body:
        return _vector(str(asked))
    text = "\n".join(str(turn["content"]) for turn in asked.body["messages"])
    marked = re.findall(r"\[judge: ([^\]]*)\]", text)
    said = dict(each.split("=") for each in marked[-1].split()) if marked else {}
    form = asked.body.get("response_format")
    ours = {} if form is None else form["json_schema"]["schema"]["properties"]
    return json.dumps(_our_reply(ours, said)) if ours else _their_reply(text, said)


def _vector(text: str) -> list[float]:
    found = re.search(r"\[at ([\d.]+)\]", text)
    near = float(found[1]) if found else 1.0
    return [near, sqrt(1 - near * near)]


def _claims(said: dict[str, str]) -> tuple[list[str], int]:
    """The claims of a text, and how many of them hold; each claim carries the verdicts on."""
    good, _, total = said.get("yes", "0/1").partition("/")
    return [f"Claim {n} [judge: yes={said['yes']}]." for n in range(int(total))], int(good)


def _our_reply(form: dict[str, Any], said: dict[str, str]) -> dict[str, Any]:
    if "claims" in form:
        return {"claims": _claims(said)[0]}
    if "verdicts" in form:
        verdict = form["verdicts"]["items"]["properties"]["verdict"]["enum"]
        claims, good = _claims(said)
        words = [verdict[0]] * good + [verdict[-1]] * (len(claims) - good)
        return {"verdicts": [{"number": n, "verdict": w} for n, w in enumerate(words, 1)]}
    replies: dict[str, dict[str, Any]] = {
        "pass": {"score": float(said.get("score", 0)), "pass": said.get("pass") == "true"},
        "choice": {"choice": said.get("class", "disagree")},
        "meets": {"meets": said.get("met") == "Y"},
        "steps": {"steps": ["Look at it."]},
        "score": {"score": int(said.get("ten", 0))},
    }
    reply = next(value for key, value in replies.items() if key in form)
    return reply | ({"reason": "so"} if "reason" in form else {})


def _their_reply(text: str, said: dict[str, str]) -> str:
    claims, good = _claims(said) if "yes" in said else ([], 0)
    if "factuality evaluator" in text:
        return json.dumps({"category": CLASSES[said["class"]], "reason": "so"})
    if "assessing a submitted answer" in text:
        return f"Because.\n{said['met']}"
    if "concise evaluation steps" in text:
        return '{"steps": ["Look at it."]}'
    if "rate the Reply" in text:
        return json.dumps({"score": int(said["ten"]), "reason": "so"})
    if "create one or more statements" in text:
        return "\n".join(claims)
    if "Natural language inference" in text:
        words = ["yes"] * good + ["no"] * (len(claims) - good)
        return "\n".join(f"{n}. Verdict: {word}." for n, word in enumerate(words, 1))
    if "can be attributed to the given context" in text:
        marks = ["[Attributed]"] * good + ["[Not Attributed]"] * (len(claims) - good)
        return "\n".join(f"{n}. It is so. {mark}" for n, mark in enumerate(marks, 1))
    score, passed = float(said.get("score", 0)), said.get("pass") == "true"
    return json.dumps({"reason": "so", "score": score, "pass": passed})
