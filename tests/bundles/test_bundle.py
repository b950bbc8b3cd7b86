"""Bundles of strangers: what is none is refused with a sentence."""

import gzip
import hashlib
import json
import os

import pytest

from promptci.bundles.bundle import BundleHeader, bundle_parts, read_answers, read_header
from promptci.cache.answerline import answer_line
from promptci.digest import long_digest
from promptci.errors import RequestError
from promptci.specs.completion import Completion

HEADER = {"plan": "p", "shard": 1, "of": 1}


@pytest.mark.parametrize(
    "header",
    [5, [], "x", None, HEADER | {"of": 10**12}, HEADER | {"commit": 7}, HEADER | {"names": 5}],
)
def test_a_header_that_is_none_is_refused(tmp_path, header):
    path = tmp_path / "b"
    path.write_bytes(gzip.compress(json.dumps(header).encode() + b"\n"))
    with pytest.raises(RequestError):
        read_header(path)


def test_a_newer_format_is_named_whatever_else_it_holds(tmp_path):
    path = tmp_path / "b"
    header = HEADER | {"promptci_bundle": 2, "zone": "eu"}
    path.write_bytes(gzip.compress(json.dumps(header).encode()))
    with pytest.raises(RequestError, match="has format 2, and this version reads 1"):
        read_header(path)


@pytest.mark.parametrize("line", [b"[" * 200_000, b'{"end": 5', b'{"end": }', b"\xff", b"5"])
def test_a_line_that_is_no_answer_is_refused(tmp_path, line):
    path = tmp_path / "b"
    path.write_bytes(gzip.compress(json.dumps(HEADER).encode() + b"\n" + line + b"\n"))
    with pytest.raises(RequestError):
        list(read_answers(path))
    path.write_bytes(gzip.compress(line + b"\n"))
    with pytest.raises(RequestError):
        read_header(path)


def test_a_bundle_without_answers_is_read(tmp_path):
    path = tmp_path / "b"
    path.write_bytes(b"".join(bundle_parts(BundleHeader("p", 1, 1), [])))
    assert read_header(path).plan == "p"
    assert list(read_answers(path)) == []


def test_a_bundle_behind_another_in_one_file_is_not_passed_over(tmp_path):
    path, whole = tmp_path / "b", b"".join(bundle_parts(BundleHeader("p", 1, 1), []))
    path.write_bytes(whole + whole)
    with pytest.raises(RequestError, match="goes on after its end: name several bundles one by"):
        list(read_answers(path))


@pytest.mark.parametrize("tokens", [-5, 10**30, True, "7", 1.5, None])
def test_a_count_of_tokens_that_is_none_is_refused(tmp_path, tokens):
    body = json.loads(answer_line("0" * 64, Completion("x"))) | {"input_tokens": tokens}
    del body["sum"]
    lines = json.dumps(HEADER) + "\n" + json.dumps(body | {"sum": long_digest(body)}) + "\n"
    end = json.dumps({"end": hashlib.sha256(lines.encode()).hexdigest()}) + "\n"
    path = tmp_path / "b"
    path.write_bytes(gzip.compress((lines + end).encode()))
    with pytest.raises(RequestError, match="a count of tokens is none"):
        list(read_answers(path))


def test_a_pipe_is_told_to_be_none_that_can_be_read_twice(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(RequestError, match="pipe cannot be read twice: write the bundle to a file"):
        read_header(pipe)
