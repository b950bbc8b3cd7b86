"""Logs of Inspect: how they were judged, epochs, failures, calls of tools, Zstandard."""

import builtins
import json
import zipfile
from io import BytesIO

import pytest

from promptci.errors import SpecError
from promptci.importers.harnesses.inspectlogs import read_inspect
from promptci.importers.sources import Sources

ASKED = {"role": "user", "content": "Refund W1."}


def sample(id_=1, text="yes", **more):
    output = {"choices": [{"message": {}, "stop_reason": "stop"}], "completion": text, "time": 0.5}
    return {"id": id_, "epoch": 1, "input": "Is 7 prime?", "target": "yes", "output": output} | more


def failed(id_):
    return sample(id_, "", error={"message": "RuntimeError('no tool')"})


def read(tmp_path, samples, scorers=(), name="log.json", data=None):
    log = {"eval": {"task": "suite/primes", "scorers": list(scorers)}, "samples": samples}
    (tmp_path / name).write_bytes(json.dumps(log).encode() if data is None else data)
    return read_inspect(Sources(tmp_path), name)


def outputs(found, place=0):
    return list(found.outputs[place].rows())


@pytest.mark.parametrize(
    ("scorer", "made"),
    [
        ({"name": "match", "options": {"numeric": True}}, "numeric"),
        ({"name": "match"}, {"ends_with": {"ignore_case": True, "normalise": True}}),
        (
            {"name": "match", "options": {"location": "begin", "ignore_case": False}},
            {"starts_with": {"ignore_case": False, "normalise": True}},
        ),
        ({"name": "inspect_ai/includes"}, {"contains": {"ignore_case": True}}),
        ({"name": "choice"}, "choice"),
    ],
)
def test_its_scorers_are_written(tmp_path, scorer, made):
    found = read(tmp_path, [sample()], [scorer])
    assert found.evals[0].name == "primes"
    assert found.evals[0].body["scorers"] == [made]
    assert not found.losses
    assert not found.notes


def test_a_scorer_without_an_equal_is_a_loss_and_another_is_written(tmp_path):
    found = read(tmp_path, [sample()], [{"name": "model_graded_qa"}])
    assert found.evals[0].body["scorers"] == ["short_answer"]
    assert "`model_graded_qa` has no equal" in found.losses[0].message


@pytest.mark.parametrize(
    ("name", "target", "notes"),
    [
        ("exact", "3.5", ["Inspect keeps the point of 3.5, `exact_match` drops it"]),
        ("f1", ["two", "at 1.25"], ["the point of at 1.25, `f1` drops it as SQuAD's rules do"]),
        ("exact", "At 3. Then 5.", []),
        ("match", "3.5", []),
    ],
)
def test_a_point_that_counts_there_and_not_here_is_told(tmp_path, name, target, notes):
    found = read(tmp_path, [sample(), sample(2, target=target)], [{"name": name}])
    said = [each.message for each in found.notes]
    assert all(note in message for note, message in zip(notes, said, strict=True))


def test_older_logs_name_scorers_where_they_give_the_figures(tmp_path):
    figures = [{"name": "match", "scorer": "match", "params": {"location": "begin"}}] * 2
    log = {"eval": {"task": "primes"}, "results": {"scores": figures}, "samples": [sample()]}
    found = read(tmp_path, [], data=json.dumps(log).encode())
    made = {"starts_with": {"ignore_case": True, "normalise": True}}
    assert found.evals[0].body["scorers"] == [made]
    assert not found.notes


def test_the_model_is_asked_as_it_was_there(tmp_path):
    told = {
        "eval": {"task": "p", "model": "openai/gpt-4o", "model_base_url": "http://x/v1",
                 "model_generate_config": {"max_tokens": 9, "temperature": 0, "timeout": 3}},
        "plan": {"steps": [{"solver": "generate"}, {"solver": "react"}],
                 "config": {"max_tokens": 1, "stop_seqs": ["."], "top_k": 4}},
    }  # fmt: skip
    found = read(tmp_path, [], data=json.dumps(told | {"samples": [sample()]}).encode())
    parameters = {"max_tokens": 1, "temperature": 0, "stop": ["."]}
    body = found.prompts[0].body
    assert body == {
        "model": "openai/gpt-4o", "parameters": parameters, "messages": ["{{ input }}"]
    }  # fmt: skip
    losses = " ".join(each.message for each in found.losses)
    assert "`http://x/v1` is not carried" in losses
    assert "`top_k` is not carried" in losses
    assert "`react` made the answers there" in found.notes[-1].message
    own = {"eval": {"task": "p", "model": "hf/m", "scorers": [{"name": "f1"}]}}
    found = read(tmp_path, [], data=json.dumps(own | {"samples": [sample()]}).encode())
    assert "model" not in found.prompts[0].body
    assert "of `hf/m`" in found.notes[-1].message


def test_a_run_that_was_cut_short_says_so(tmp_path):
    log = {"status": "cancelled", "eval": {"task": "p", "scorers": [{"name": "f1"}]}}
    data = json.dumps(log | {"samples": [sample()]}).encode()
    found = read(tmp_path, [], data=data)
    assert "ended as `cancelled`" in found.notes[0].message


def test_an_answer_in_parts_is_what_it_says(tmp_path):
    thought = {"type": "reasoning", "reasoning": "hm"}
    content = [thought, {"type": "text", "text": "yes"}]
    output = {"choices": [{"message": {"content": content}}]}
    found = read(tmp_path, [sample(output=output)], [{"name": "match"}])
    assert outputs(found)[0]["output"] == "yes"
    assert not found.losses


def test_samples_without_a_target_are_judged_by_themselves(tmp_path):
    found = read(tmp_path, [sample(), sample(2, target="")], [{"name": "f1"}])
    rows = list(found.examples[0].rows())
    assert found.evals[0].body["scorers"] == []
    assert [row["scorers"] for row in rows] == [["f1"], [{"length": {"min": 1}}]]
    assert "the sample has no target" in found.notes[0].message
    assert found.notes[0].line == 1


def test_what_has_no_equal_or_no_output_is_told_where_it_is(tmp_path):
    log = {"eval": {"task": "t", "scorers": [{"name": "match"}, {"name": "own/vibes"}]},
           "samples": [sample(), sample(2, output=None), sample(3, output=None)]}  # fmt: skip
    (tmp_path / "log.json").write_text(json.dumps(log, indent=1))
    lines = (tmp_path / "log.json").read_text().splitlines()
    found = read_inspect(Sources(tmp_path), "log.json")
    silent = next(n for n, line in enumerate(lines, 1) if '"id": 2' in line) - 1
    assert [each.line for each in found.losses] == [
        next(n for n, line in enumerate(lines, 1) if "own/vibes" in line),
        silent,
    ]
    assert "2 samples, this the first, have no output" in found.losses[1].message


def test_what_a_solver_asked_behind_the_input_is_a_loss(tmp_path):
    messages = [ASKED | {"content": "Is 7 prime?"}, {"role": "user", "content": "And 8?"}]
    found = read(tmp_path, [sample(messages=messages)], [{"name": "f1"}])
    assert "in 1 samples a solver asked on behind the input" in found.losses[0].message


def test_all_epochs_are_trials_and_the_first_is_scored(tmp_path):
    found = read(tmp_path, [sample(), sample(text="no", epoch=2)], [{"name": "match"}])
    assert [row["output"] for row in outputs(found)] == ["yes"]
    assert [(row["trial"], row["output"]) for row in outputs(found, 1)] == [(1, "yes"), (2, "no")]
    assert "`promptci noise primes --outputs evals/primes.trials.outputs" in found.notes[0].message
    assert not found.losses


def test_a_failed_sample_is_an_error_and_told(tmp_path):
    found = read(tmp_path, [failed(1), sample(2)], [{"name": "match"}])
    assert [(row["id"], row["output"]) for row in outputs(found)] == [("1", ""), ("2", "yes")]
    assert "1 samples failed there, 1 (RuntimeError('no tool'))" in found.notes[0].message


def test_calls_of_tools_come_along(tmp_path):
    call = {"id": "c1", "function": "refund", "arguments": {"order": "W1"}}
    messages = [
        ASKED,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "done", "tool_call_id": "c1"},
        {"role": "assistant", "content": [{"type": "text", "text": "Done."}]},
    ]
    [row] = outputs(read(tmp_path, [sample(messages=messages)], [{"name": "match"}]))
    made = {"name": "refund", "arguments": '{"order": "W1"}'}
    assert row["messages"] == [
        ASKED,
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c1", "type": "function", "function": made}],
        },
        {"role": "tool", "content": "done", "tool_call_id": "c1"},
        {"role": "assistant", "content": "Done."},
    ]


def test_an_answer_that_was_cut_says_so(tmp_path):
    cut = sample()
    cut["output"]["choices"][0]["stop_reason"] = "max_tokens"
    assert outputs(read(tmp_path, [cut]))[0]["finish_reason"] == "length"


def zstandard():
    reader = pytest.importorskip("backports.zstd.zipfile")
    data = BytesIO()
    with reader.ZipFile(data, "w", compression=reader.ZIP_ZSTANDARD) as file:
        about = {"eval": {"task": "primes", "scorers": [{"name": "match"}]}}
        file.writestr("header.json", json.dumps(about))
        file.writestr("samples/1_epoch_1.json", json.dumps(sample()))
    return data.getvalue()


def test_what_zstandard_compressed_is_read(tmp_path):
    found = read(tmp_path, [], name="l.eval", data=zstandard())
    assert found.evals[0].name == "primes"
    assert outputs(found)[0]["output"] == "yes"


def test_losses_of_an_archive_name_the_file_in_it(tmp_path):
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr(
            "header.json", json.dumps({"eval": {"task": "t", "scorers": [{"name": "x"}]}})
        )
        file.writestr("samples/1_epoch_1.json", json.dumps(sample(files={"a": "b"}, setup="ls")))
    found = read(tmp_path, [], name="l.eval", data=data.getvalue())
    assert [(each.path, each.message.split("`")[1]) for each in found.losses] == [
        ("l.eval/header.json", "x"),
        ("l.eval/samples/1_epoch_1.json", "files"),
        ("l.eval/samples/1_epoch_1.json", "setup"),
    ]


def test_without_zstandard_the_extra_is_named(tmp_path, monkeypatch):
    data, real = zstandard(), builtins.__import__

    def without(name, *more):
        if name.startswith("backports"):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    if hasattr(zipfile, "ZIP_ZSTANDARD"):
        pytest.skip("this Python reads Zstandard itself")
    with pytest.raises(SpecError, match=r"pip install 'promptci-cli\[inspect\]'"):
        read(tmp_path, [], name="l.eval", data=data)
