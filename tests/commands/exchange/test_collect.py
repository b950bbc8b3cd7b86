"""`promptci collect`: logged calls become golden candidates, each once, without personal data."""

import json

import pytest

from projects import TICKETS
from promptci.commands.main import main


def sent(ticket):
    """The messages that the project's prompt sends for a ticket."""
    return [
        {"role": "system", "content": "You route support tickets."},
        {"role": "user", "content": f"{ticket}"},
    ]


def response(answer):
    return {"choices": [{"message": {"role": "assistant", "content": answer}}]}


def pair(ticket, answer):
    return {"request": {"model": "m", "messages": sent(ticket)}, "response": response(answer)}


def attribute(key, value):
    return {"key": key, "value": {"stringValue": json.dumps(value)}}


def part(role, text):
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def span(ticket, answer):
    turns = [part(each["role"], each["content"]) for each in sent(ticket)]
    return {"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [
        attribute("gen_ai.input.messages", turns),
        attribute("gen_ai.output.messages", [part("assistant", answer)]),
    ]}]}]}]}  # fmt: skip


def built(value):
    """A value in the parts that OTLP/JSON has beside texts."""
    if isinstance(value, list):
        return {"arrayValue": {"values": [built(each) for each in value]}}
    if isinstance(value, dict):
        pairs = [{"key": key, "value": built(each)} for key, each in value.items()]
        return {"kvlistValue": {"values": pairs}}
    return {"stringValue": value}


def built_span(ticket, answer):
    row = span(ticket, answer)
    [inner] = row["resourceSpans"][0]["scopeSpans"][0]["spans"]
    for each in inner["attributes"]:
        each["value"] = built(json.loads(each["value"]["stringValue"]))
    return row


def page(ticket, answer):
    """A page of Langfuse's traces, each with its observations."""
    call = {"type": "GENERATION", "input": sent(ticket), "output": {"content": answer}}
    return {"data": [{"name": "router", "observations": [call]}], "meta": {"page": 1}}


FORMS = {
    "a proxy's log": pair,
    "LiteLLM": lambda t, a: {"messages": sent(t), "response": response(a), "model": "m"},
    "a chat": lambda t, a: {"messages": [*sent(t), {"role": "assistant", "content": a}]},
    "Langfuse": lambda t, a: {"input": {"messages": sent(t)}, "output": {"content": a}},
    "a page of Langfuse": page,
    "the Responses API": lambda t, a: {
        "model": "m",
        "input": [
            {"role": e["role"], "content": [{"type": "input_text", "text": e["content"]}]}
            for e in sent(t)
        ],
        "output": [
            {"type": "reasoning"},
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": a}],
            },
        ],
    },
    "a batch of the Responses API": lambda t, a: {
        "request": {"body": {"instructions": sent(t)[0]["content"], "input": t}},
        "response": {"body": {"output": [{"type": "message", "content": [{"text": a}]}]}},
    },
    "a row of LiteLLM's spend logs": lambda t, a: {
        "messages": {},
        "proxy_server_request": json.dumps({"messages": sent(t)}),
        "response": response(a),
    },
    "what LiteLLM logs of a call, alone": lambda t, a: {
        "kwargs": {"standard_logging_object": {"messages": sent(t), "response": response(a)}},
    },
    "a callback of LiteLLM": lambda t, a: {
        "kwargs": {"messages": sent(t)},
        "response_obj": response(a),
    },
    "spans": span,
    "spans with values in parts": built_span,
}


@pytest.fixture
def router(project):
    project.write(
        {
            "prompts/router.yaml": "messages:\n"
            "  - {role: system, content: You route support tickets.}\n"
            '  - {role: user, content: "{{ ticket }}"}\n'
        }
    )
    return project


def log(project, *rows):
    project.write({"log.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})


def candidates(project):
    text = (project.path / "evals/router.candidates.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("form", FORMS)
def test_calls_become_candidates(router, form):
    log(router, FORMS[form]("My bill, mail me at a@b.example.com", "billing"))
    assert main(["collect", "log.jsonl", "--eval", "router"]) == 0
    [row] = candidates(router)
    assert row["vars"] == {"ticket": "My bill, mail me at [email]"}
    assert row["expected"] == "TODO"
    assert row["meta"]["answer"] == "billing"


def test_nothing_is_added_twice(router, ask):
    log(router, pair("New one", "other"), pair("New one", "other"), pair(TICKETS[0][1], "billing"))
    first = ask("collect", "log.jsonl", "--eval", "router").document
    assert (first["added"], first["known"], first["repeated"]) == (1, 1, 1)
    second = ask("collect", "log.jsonl", "--eval", "router").document
    assert (second["added"], second["known"]) == (0, 3)
    assert len(candidates(router)) == 1


def test_a_sample_has_all_kinds_of_answers(router):
    rows = [pair(f"Bill number {n}", "billing") for n in range(20)]
    log(router, *rows, pair("Lost", "shipping"), pair("Locked", "account"))
    assert main(["collect", "log.jsonl", "--eval", "router", "--sample", "6"]) == 0
    answers = [row["meta"]["answer"] for row in candidates(router)]
    assert len(answers) == 6
    assert {"billing", "shipping", "account"} == set(answers)


def test_lines_without_a_call_are_told(router, ask):
    log(router, {"x": 1}, pair("Fine", "other"), {"messages": [], "response": "?"})
    answer = ask("collect", "log.jsonl", "--eval", "router")
    assert answer.code == 1
    assert [each["line"] for each in answer.document["lost"]] == [1, 3]
    assert answer.document["added"] == 1


def called(number, tool, /, **arguments):
    function = {"name": tool, "arguments": json.dumps(arguments)}
    return {"id": f"c{number}", "type": "function", "function": function}


@pytest.mark.parametrize("order", [1, -1])
def test_of_an_agents_steps_one_candidate_has_the_answer_and_all_calls(router, ask, order):
    """A log has a line for each step, and not always in their order."""
    first, second = called(1, "find_user", name="Ada"), called(2, "refund", order="W1")
    turns, steps = sent("Refund W1."), []
    for call, told in ((first, "7"), (second, "done")):
        said = {"role": "assistant", "content": None, "tool_calls": [call]}
        steps.append({"messages": turns, "response": {"choices": [{"message": said}]}})
        turns = [*turns, said, {"role": "tool", "tool_call_id": call["id"], "content": told}]
    steps.append({"messages": turns, "response": response("Refunded.")})
    lines = [*steps[::order], pair("Other", "billing")]
    router.write({"log.jsonl": "".join(json.dumps(line) + "\n" for line in lines)})
    found = ask("collect", "log.jsonl", "--eval", "router").document
    assert (found["calls"], found["repeated"], found["added"]) == (4, 2, 2)
    written = (router.path / "evals/router.candidates.jsonl").read_text().splitlines()
    [row] = [each for each in map(json.loads, written) if each["vars"]["ticket"] == "Refund W1."]
    assert row["meta"]["answer"] == "Refunded."
    assert row["meta"]["tool_calls"] == [
        {"name": "find_user", "arguments": {"name": "Ada"}},
        {"name": "refund", "arguments": {"order": "W1"}},
    ]


def test_calls_of_another_prompt_are_counted(router, ask):
    other = {"messages": [{"role": "system", "content": "x"}], "response": response("y")}
    log(router, other, pair("Fine", "other"))
    document = ask("collect", "log.jsonl", "--eval", "router").document
    assert (document["unmatched"], document["added"]) == (1, 1)


def test_one_is_called_one_and_nothing_is_to_be_read_where_nothing_came(project, capsys):
    ticket = "Where is the box that I sent back?"
    project.write({"log.jsonl": json.dumps(pair(ticket, "shipping"))})
    assert main(["collect", "log.jsonl", "--eval", "router"]) == 0
    first = capsys.readouterr()
    assert first.out.startswith("1 call: 1 candidate added to ")
    assert "read the candidates" in first.err
    assert "`promptci examples label router`" in first.err
    assert main(["collect", "log.jsonl", "--eval", "router"]) == 0
    again = capsys.readouterr()
    assert again.out.startswith("1 call: 0 candidates added to ")
    assert again.err == ""


def test_without_an_eval_it_says_what_must_be_there_first(repo, capsys):
    repo.write({"log.jsonl": json.dumps(pair("q", "a"))})
    assert main(["collect", "log.jsonl", "--eval", "tickets"]) == 5
    assert "write evals/tickets.yaml and its prompt first" in capsys.readouterr().err


def test_unusual_line_ends_in_a_text_stay_one_candidate(router, ask):
    log(router, pair("Bill\u2028of\x85May", "billing"))
    assert ask("collect", "log.jsonl", "--eval", "router").document["added"] == 1
    assert ask("collect", "log.jsonl", "--eval", "router").document["known"] == 1


def test_a_candidate_that_is_none_is_named_by_its_line(router, capsys):
    log(router, pair("Fine", "other"))
    router.write({"evals/router.candidates.jsonl": '{"vars": {}}\n[]\n'})
    assert main(["collect", "log.jsonl", "--eval", "router"]) == 2
    assert "router.candidates.jsonl:2:1: " in capsys.readouterr().err


def test_a_log_of_endless_nesting_or_behind_a_link_is_told(router, tmp_path_factory, capsys):
    log(router, {"messages": "[" * 100_000, "response": "{" * 100_000 + "[" * 100_000})
    assert main(["collect", "log.jsonl", "--eval", "router"]) == 1
    outside = tmp_path_factory.mktemp("outside") / "x.jsonl"
    outside.write_text("{}")
    (router.path / "link.jsonl").symlink_to(outside)
    assert main(["collect", "link.jsonl", "--eval", "router"]) == 2
    assert "is a link that leaves its folder" in capsys.readouterr().err


def test_a_line_in_another_encoding_is_told_and_the_others_are_taken(router, capsys):
    rows = [json.dumps(pair(f"Ticket {n}", "other"), ensure_ascii=False) for n in range(3)]
    rows[1] = rows[1].replace("Ticket", "T\xefcket")
    (router.path / "log.jsonl").write_bytes("\n".join(rows).encode("latin-1"))
    assert main(["collect", "log.jsonl", "--eval", "router"]) == 1
    assert "log.jsonl:2:" in capsys.readouterr().err
    assert len(candidates(router)) == 2
