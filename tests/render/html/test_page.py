"""The page as a file: what it says, what it may do, and what is in it for the script."""

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest
from msgspec.structs import replace

from promptci.git.revision import Revision
from promptci.records.record import Accepted
from promptci.render.html import packing
from promptci.render.html.examples import NOT_STORED
from promptci.render.html.page import html_page
from promptci.render.html.since import failing_since
from promptci.render.json.jsontext import dumped_parts, dumps
from promptci.render.json.page.gathered import PageExamples
from promptci.reportdata.pastprompts import PromptChange
from promptci.reportdata.pastscores import Past, PastCommit, PastScore
from promptci.secrets.known import Packed
from promptci.secrets.safetext import for_terminal
from promptci.stats.uncertainty import Interval
from render import values
from render.hostile import HOSTILE
from render.html.pages import REWORDED, Read, chunks_of, index_of, page_of, written

LOST = {"t-01": "shipping", "t-02": "I think it is billing"}
PAYLOADS = (
    *HOSTILE,
    "</script><script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "<iframe src=javascript:alert(1)>",
    "javascript:alert(1)",
    "</style><style>*{background:url(https://evil.invalid)}",
    "{}*{color:red}/*",
    "<a href='https://evil.invalid'>x</a>",
    "[x](javascript:alert(1))",
    "<!--><img src=x onerror=alert(1)>",
    "</title><base href=https://evil.invalid>",
    "&lt;b&gt; &#x3c;",
)


def jsonl(number, payload):
    """A line of a data file: ids have no control characters, and half characters no line."""
    id_ = f"{number}{''.join(char for char in payload if char.isprintable())}"
    text = payload.replace("\ud800", "?").strip() or "x"
    row = {"id": id_, "vars": {"ticket": text}, "expected": text, "tags": [text[:50].strip()]}
    return json.dumps(row) + "\n"


def past(subject="Shorten the prompt", why="on purpose", name="router"):
    score = PastScore(name, "small", 0.9, Interval(0.7, 0.97), 18, 20, "small-1", "old-1", "router")
    worse = PastScore(
        name, "small", 0.8, Interval(0.6, 0.9), 16, 20, "small-1", "small-1", "router", "v2",
        ("prompt",), ("t-01",), (), (Accepted("t-02", why),), stale=("examples", "model"),
    )  # fmt: skip
    commits = (
        PastCommit(Revision("a" * 40), "2026-03-01T09:00:00+00:00", "Ada", "Begin", (score,)),
        PastCommit(
            Revision("b" * 40), "2026-03-02T09:00:00+00:00", why, subject, (worse,),
            (PromptChange("prompts/router.yaml", "one\n", f"{why}\n"),),
        ),
    )  # fmt: skip
    return Past(
        commits, {(name, ""): {"t-01": "pf", "t-02": "fp", "t-03": "pp"}}, frozenset({name})
    )


def test_the_first_words_are_the_verdict_and_the_evals_that_moved():
    words = Read(written(page_of({}, LOST))).words
    assert "Blocked 1 of 1 eval lost more than its gate allows ( router )." in words
    assert "router fake/small · v1" in words
    command = "promptci run router"
    assert f"Next: fix it and {command} , or accept what is wanted by the command" in words
    assert "Next:" not in Read(written(page_of({}, {}))).words, "nothing blocks"
    assert words.index("Evals") < words.index("Lost 2 of 20") < words.index("router / t-01")


def test_a_page_that_says_to_look_is_not_headed_by_a_tick():
    quiet = page_of({}, {})
    assert "✓ Nothing blocks No change" in Read(written(quiet)).words
    loud = replace(quiet, needs_look=True, sentence="1 eval was removed. Look before you merge.")
    assert "! Nothing blocks, but look 1 eval was removed." in Read(written(loud)).words


def test_without_scripts_lost_examples_are_there_with_both_answers():
    text = written(page_of({}, LOST))
    words = Read(text).words
    assert "router / t-02" in words
    assert "Ticket number 2" in words
    assert "<del>billing</del><ins>shipping</ins>" in text


def test_answers_that_are_gone_are_named_as_such():
    page = page_of({}, LOST, knows=False)
    assert all(each.head is None or each.head.text is None for each in page.examples)
    assert NOT_STORED in Read(written(page)).words


def test_no_answer_says_why():
    words = Read(written(page_of({}, {"t-01": None}))).words
    assert (
        "has no answer to 1 of 20 examples. Reason: the endpoint gave no answer in 120 s." in words
    )
    assert "Next: promptci run router asks again for what is missing." in words


def test_the_policy_allows_the_script_and_the_style_that_are_there_and_nothing_else():
    text = written(page_of({}, LOST))
    [policy] = re.findall(r'Content-Security-Policy" content="(.*?)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.replace("&#x27;", "'").split("; "))
    script = re.findall(r'<script type="module">(.*?)</script>', text, re.S)
    style = re.findall(r"<style>(.*?)</style>", text, re.S)
    for name, [content] in (("script-src", script), ("style-src", style)):
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    live = "".join(html_page(page_of({}, LOST), is_live=True))
    assert "connect-src" not in policy
    assert "connect-src &#x27;self&#x27;" in live


def test_hostile_texts_are_text_in_every_field():
    rows = "".join(jsonl(number, payload) for number, payload in enumerate(PAYLOADS))
    content = values.files(**{"evals/router.jsonl": rows})
    pair = values.pair(content | REWORDED, content)
    answers = {each.id: str(each.vars["ticket"]) for each in pair.head.examples()}
    everything = "".join(PAYLOADS)
    page = page_of(
        answers,
        {id_: f"{text}{everything}" for id_, text in answers.items()},
        of=pair,
        past=past(everything, everything, everything),
    )
    read, ours = Read(written(page)), Read(written(page_of({}, LOST, past=past())))
    assert {name for name, _ in read.elements} <= {name for name, _ in ours.elements} | {"ul", "li"}
    for _, attributes in read.elements:
        assert not any(name.startswith("on") or name in ("style", "src") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert [name for name, _ in read.raw] == [name for name, _ in ours.raw]
    assert not read.open


def test_the_script_finds_every_example_and_its_texts():
    page = page_of({}, LOST)
    text = written(page)
    index, [chunk] = index_of(text), chunks_of(text)
    assert [row[2] for row in index["rows"]] == [each.id for each in page.examples]
    assert index["texts"] == 20
    for each, found in zip(page.examples, chunk["e"], strict=True):
        assert chunk["t"][found["h"]["t"]] == each.head.text
        assert chunk["t"][found["v"][0][1]] == each.vars["ticket"]
    assert chunk["t"].count("You route support tickets.") == 1


def test_keys_go_before_texts_are_compressed_and_the_compressed_stay_as_they_are():
    page = page_of({}, {"t-01": f"key sk-{'a' * 24}", "t-02": "bell \x07"})
    packed = [part for part in html_page(page) if isinstance(part, Packed)]
    [chunk] = chunks_of("".join(packed))
    shown = {chunk["t"][found["h"]["t"]] for found in chunk["e"]}
    assert shown >= {"key [redacted]", "bell \\x07", "billing"}


def test_a_long_text_is_cut_and_its_length_is_told():
    page = page_of({}, {"t-01": "long " * 10_000})
    [chunk] = chunks_of(written(page))
    assert list(chunk["cut"].values()) == [50_000]
    assert max(map(len, chunk["t"])) == packing.MOST_TEXT
    assert "characters are not shown" in Read(written(page)).words


@pytest.mark.slow
def test_an_example_of_ten_megabytes_leaves_the_page_small():
    huge, page = "ما e\u0301 " * 1_300_000, page_of({}, LOST)
    [first] = page.examples[:1]
    answered = replace(first, head=replace(first.head, text=huge), vars={"ticket": huge})
    text = written(replace(page, examples=PageExamples([answered])))
    [chunk] = chunks_of(text)
    assert [*chunk["cut"].values()] == [len(huge)]
    assert len(huge.encode()) > 10_000_000
    assert len(text) < 1_000_000


def test_examples_beyond_the_limit_are_listed_without_texts(monkeypatch):
    monkeypatch.setattr(packing, "MOST_BYTES", 0)
    monkeypatch.setattr(packing, "AT_ONCE", 8)
    index = index_of(written(page_of({}, LOST)))
    assert (index["texts"], len(index["rows"])) == (8, 20)
    assert [row[3] for row in index["rows"]][:2] == ["lost", "lost"]


def test_accepted_losses_come_after_the_others_and_before_what_passes():
    pair = values.pair(values.files(**REWORDED), values.files())
    lenient = replace(pair, accepted=frozenset({"t-01"}))
    page = page_of({}, LOST, of=lenient)
    fates = [(each.id, each.fate, each.accepted) for each in page.examples]
    lost = [each for each in fates if each[1] == "lost"]
    assert fates[: len(lost)] == lost
    assert lost[-1] == ("t-01", "lost", True)
    assert len(lost) < len(fates)


def test_the_past_is_drawn_with_its_numbers_and_what_changed():
    read = Read(written(page_of({}, LOST, past=past())))
    words = read.words
    for said in (
        "router: score over commits",
        "router: examples over commits",
        "model: old-1 → small-1",
        "changed: prompt",
        "accepted t-02: on purpose",
        "lost: t-01",
        "1 lost · stale record",
        "stale: other examples and model than the files of this commit",
        "A: losses accepted, !: a stale record, of other files than its commit has",
        "fails since bbbbbbb Shorten the prompt",
        "fails since this change, and did at 1 of 2 commits before, last at aaaaaaa Begin",
        "+on purpose",
        "90.0%",
    ):
        assert said in words, said
    ids = {attributes.get("id") for _, attributes in read.elements}
    links = {a["href"][1:] for _, a in read.elements if (a.get("href") or "").startswith("#commit")}
    assert links == {"commit-aaaaaaa", "commit-bbbbbbb"} <= ids


def test_a_loss_that_is_still_accepted_says_by_whom_and_why():
    page = page_of({}, LOST, past=past())
    page.commits[-1].scores[0].accepted["t-01"] = "boxes move"
    said = {id_: each.accepted for (_, _, id_), each in failing_since(page).items()}
    words = "accepted at bbbbbbb by on purpose on 2026-03-02: boxes move"
    assert said == {"t-01": words, "t-02": ""}
    text = written(page)
    assert words in Read(text).words
    assert f',"{words}"]' in text  # in its row of the list, before it is opened


@pytest.mark.slow
def test_of_very_many_evals_the_first_are_shown_and_the_others_folded():
    page = page_of({}, LOST)
    [one] = page.evals
    many = replace(page, evals=[replace(one, eval=f"e{number:03}") for number in range(300)])
    text = written(many)
    assert "275 more that moved" in text
    assert text.index("e024") < text.index("more that moved") < text.index("e025")


def test_no_past_and_a_damaged_record_are_said():
    assert "No commit has recorded scores yet" in Read(written(page_of({}, LOST))).words
    damaged = PastScore("router", "", damage="line 3: not a score")
    commit = PastCommit(Revision("c" * 40), "2026-03-01T09:00:00+00:00", "Ada", "Oops", (damaged,))
    words = Read(written(page_of({}, LOST, past=Past((commit,), is_shallow=True)))).words
    assert "the record is damaged and cannot be read (line 3: not a score)" in words
    assert "Only one commit has recorded scores so far." in words
    assert "This clone is shallow" in words


def test_every_picture_has_a_name_and_its_numbers():
    read = Read(written(page_of({}, LOST, past=past())))
    pictures = [a for name, a in read.elements if name == "svg"]
    assert pictures
    assert all(each["role"] in ("img", "group") and each["aria-label"] for each in pictures)
    figures = [name for name, _ in read.elements if name == "figure"]
    assert len([a for name, a in read.elements if name == "table"]) >= len(figures) > 2


def test_right_to_left_and_combining_texts_keep_their_letters():
    answer = "שלום עולם é नमस्ते"
    page = page_of({}, {"t-01": answer})
    [chunk] = chunks_of(written(page))
    assert answer in chunk["t"]
    assert for_terminal(answer) == answer


def test_words_from_right_to_left_do_not_turn_what_is_beside_them():
    page = page_of({}, {"t-01": "x"})
    word = "שלום"
    examples = [replace(each, vars={"a": "my card", "b": word}) for each in page.examples]
    index = index_of(written(replace(page, examples=examples)))
    assert index["rows"][0][10] == f"\u2068my card\u2069 · \u2068{word}\u2069"


def test_the_data_comes_in_parts_that_make_the_same_text():
    page = page_of({"t1": "##[ \n \u2028"}, {"t1": "b"})
    parts = list(dumped_parts(page))
    assert "".join(parts) == dumps(page)
    assert len(parts) > len(page.examples) > 0
    assert "##[" not in "".join(parts)


def test_the_data_of_a_page_without_examples_is_the_same_text():
    page = replace(page_of(), examples=PageExamples(()))
    assert "".join(dumped_parts(page)) == dumps(page)


def test_what_must_pass_and_is_lost_comes_first():
    gated = values.EVAL + "gate: {must_pass: [t-07]}\n"
    after = {**values.files(**REWORDED), "evals/router.yaml": gated}
    before = {**values.files(), "evals/router.yaml": gated}
    page = page_of({}, {"t-01": "x", "t-07": "x"}, of=values.pair(after, before))
    assert [each.id for each in page.examples][:2] == ["t-07", "t-01"]


def test_a_side_s_score_is_that_of_the_compared_examples():
    """An accepted loss is in both scores and in their difference, as everywhere."""
    pair = values.pair(values.files(**REWORDED), values.files())
    page = page_of({}, {"t-07": "x"}, of=replace(pair, accepted=frozenset({"t-07"})))
    [found] = page.evals
    assert (found.base.score, found.head.score) == (1.0, 0.95)
    assert round(found.delta, 9) == -0.05
    assert (found.head.passed, found.head.total, found.accepted) == (19, 20, 1)


def test_what_fell_is_named_beside_its_eval_and_all_that_moved_is_folded():
    lost = {f"t-{i:02}": "nonsense" for i in (1, 3, 5, 7, 9)}
    page = written(page_of(head=lost))
    assert "Fell: refund 10/10 → 5/10, -50.0 points." in page
    assert "router by expected value and tag" in page


def test_what_changed_is_told_beside_its_eval_with_the_prompt_line_by_line():
    page = page_of({}, LOST)
    assert [each.changed for each in page.evals] == [["prompt"]]
    text = written(page)
    assert "Changed: prompt (1 line added, 1 line removed)" in text
    assert '<span class="added">+You always route support tickets.\n</span>' in text
    [found] = page.evals
    others = replace(found, changed=["examples", "scorers"], head=found.base)
    assert "<p>Changed: examples, scorers.</p>" in written(replace(page, evals=[others]))
    long = replace(found, head=replace(found.head, prompt="x\n" * 1000))
    assert "more lines." in written(replace(page, evals=[long]))


def test_lost_examples_of_an_eval_that_blocks_come_before_those_of_others():
    [found] = page_of(head=LOST).examples[:1]
    others = [replace(found, eval=name) for name in ("a", "b", "c")]
    ordered = PageExamples(others, [("c", found.model), ("a", found.model)])
    assert [each.eval for each in ordered] == ["c", "a", "b"]
