"""`run --shard` and `merge`: parts asked apart, one record as if by one process."""

import gzip
import json
import shutil
from itertools import permutations

import pytest
from msgspec.structs import replace

from projects import TICKETS, example, jsonl, route
from promptci.bundles.bundle import bundle_parts, read_answers, read_header
from promptci.commands.main import main
from promptci.records import chunkfiles

RECORD = "evals/router.scores.yaml"


@pytest.fixture
def many(project, api):
    """The project with forty examples, of which the model fails some."""
    rows = [example(f"e{n}", f"{TICKETS[n % 6][1]} {n}", TICKETS[n % 5][2]) for n in range(40)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    project.commit("Many")
    api.answers(route)
    return project


def shard(project, number, of=3):
    """Run one part on a machine of its own, where nothing is stored."""
    store = project.path / ".promptci"
    moved = store.rename(project.path / ".kept") if store.exists() else None
    code = main(["run", "--shard", f"{number}/{of}", "--bundle", f".part{number}"])
    for path in sorted(store.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    store.rmdir()
    if moved is not None:
        moved.rename(store)
    return code


def clear(project):
    assert main(["cache", "clear"]) == 0
    (project.path / RECORD).unlink(missing_ok=True)


def test_the_merged_record_is_that_of_one_process(many, api, capsys):
    assert main(["run"]) == 0
    alone = (many.path / RECORD).read_bytes()
    clear(many)
    before = api.count
    assert [shard(many, number) for number in (1, 2, 3)] == [0, 0, 0]
    assert api.count - before == 40
    for order in list(permutations((1, 2, 3)))[::2]:
        clear(many)
        assert main(["merge", *(f".part{number}" for number in order), ".part1"]) == 0
        assert (many.path / RECORD).read_bytes() == alone
        assert "nothing new" not in capsys.readouterr().err
    assert main(["merge", ".part1", ".part2", ".part3"]) == 0
    assert "nothing new in these bundles" in capsys.readouterr().err
    assert api.count - before == 40


def test_bundles_are_the_same_bytes_on_any_machine(many):
    assert shard(many, 1) == 0
    first = json.loads(gzip.decompress((many.path / ".part1").read_bytes()).split(b"\n")[0])
    assert (first["shard"], first["of"]) == (1, 3)
    keys = [
        line[:80]
        for line in gzip.decompress((many.path / ".part1").read_bytes()).split(b"\n")[1:-2]
    ]
    assert keys == sorted(keys)


def test_a_missing_part_is_named_and_nothing_is_written(many, capsys):
    assert (shard(many, 1), shard(many, 3)) == (0, 0)
    assert main(["merge", ".part1", ".part3"]) == 3
    assert "the bundle of shard 2/3 is missing" in capsys.readouterr().err
    assert not (many.path / RECORD).exists()
    assert main(["merge", ".part1", ".part3", "--ask-missing"]) == 0
    assert "total: 40" in (many.path / RECORD).read_text()


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (3, "the bundles of shards 2/3, 3/3 are missing: add them"),
        (100_000, "12/100000, 13/100000 and 99,987 more are missing"),
    ],
)
def test_many_missing_parts_are_named_in_one_sentence(many, capsys, of, said):
    assert shard(many, 1) == 0
    path = many.path / ".part1"
    header, answers = replace(read_header(path), of=of), list(read_answers(path))
    path.write_bytes(b"".join(bundle_parts(header, answers)))
    assert main(["merge", ".part1"]) == 3
    assert said in capsys.readouterr().err


def test_a_file_that_is_no_bundle_is_not_replaced(many, api, capsys):
    before = (many.path / "promptci.yaml").read_bytes()
    assert main(["run", "--shard", "1/3", "--bundle", "promptci.yaml"]) == 2
    assert "promptci.yaml: this is no bundle and is not replaced" in capsys.readouterr().err
    assert (many.path / "promptci.yaml").read_bytes() == before
    assert api.count == 0


def test_a_bundle_without_a_part_is_refused(many, api, capsys):
    for more in ([], ["--dry-run"], ["--on", "ray"]):
        assert main(["run", "--bundle", "all.bundle", *more]) == 2
        assert "--bundle is for a part: add --shard I/N" in capsys.readouterr().err
    assert (api.count, (many.path / RECORD).exists()) == (0, False)


def test_bundles_of_other_evals_are_refused(many, capsys):
    assert shard(many, 1, of=1) == 0
    many.write({"evals/router.jsonl": jsonl([example("z", "Another", "other")])})
    assert main(["merge", ".part1"]) == 2
    assert "whose evals are not those here: check out" in capsys.readouterr().err


def test_a_bundle_of_another_commit_is_refused_and_its_answers_can_be_imported(many, api, capsys):
    assert shard(many, 1, of=1) == 0
    many.commit("Beside")
    asked = api.count
    assert main(["merge", ".part1"]) == 2
    assert "`promptci cache import` and run" in capsys.readouterr().err
    assert not (many.path / RECORD).exists()
    said = []
    for more in ([], ["prune", "--keep", "25"], [], []):
        assert main(["cache", *(more or ["import", ".part1"])]) == 0
        said.append(capsys.readouterr().out)
    assert "40 answers of .part1 taken in" in said[0]
    assert "15 of the 40 answers of .part1 taken in; the others were stored already" in said[2]
    assert said[3] == "nothing new in .part1: its 40 answers were stored already\n"
    assert main(["run"]) == 0
    assert api.count == asked


def test_bundles_of_an_eval_that_went_away_are_refused(many, capsys):
    assert main(["run", "evals/router.yaml", "--shard", "1/1", "--bundle", ".part1"]) == 0
    moved = (many.path / "evals/router.yaml").rename(many.path / "evals/tickets.yaml")
    moved.write_text(f"prompt: router\n{moved.read_text()}")
    assert main(["merge", ".part1"]) == 2
    said = capsys.readouterr().err
    assert ".part1: the bundle is of commit" in said
    assert "whose evals are not those here (" in said


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda data: data[:-40], "cut off"),
        (lambda data: b"PK" + data, "is no bundle"),
        (lambda data: _edited(data, b'"text": "', b'"text": "x'), "cannot be used"),
        (lambda data: _edited(data, b'{"end": "', b'{"end": "0'), "was changed"),
        (
            lambda data: _edited(data, b'"promptci_bundle": 1', b'"promptci_bundle": 9'),
            "has format 9",
        ),
        (lambda data: gzip.compress(b"{}\n"), "this is no bundle"),
        (lambda data: b"", "is empty"),
    ],
)
def test_a_damaged_bundle_is_refused(many, capsys, harm, said):
    assert shard(many, 1, of=1) == 0
    path = many.path / ".part1"
    path.write_bytes(harm(path.read_bytes()))
    assert main(["merge", ".part1"]) == 2
    assert said in capsys.readouterr().err
    assert not (many.path / RECORD).exists()


def test_a_bundle_that_is_cut_is_told_before_what_else_is_missing(many, capsys):
    assert shard(many, 2) == 0
    path = many.path / ".part2"
    path.write_bytes(path.read_bytes()[:-200])
    assert main(["merge", ".part2"]) == 2
    many.commit("Beside")
    assert main(["merge", ".part2"]) == 2
    said = capsys.readouterr().err
    assert said.count(".part2: the bundle is no bundle, or was cut off: have it written again") == 2


def _edited(data, old, new):
    return gzip.compress(gzip.decompress(data).replace(old, new, 1))


def test_ceilings_are_divided_among_the_parts(many, api, capsys):
    assert main(["run", "--shard", "1/4", "--bundle", ".p", "--max-requests", "10"]) == 4
    assert api.count <= 3
    document = capsys.readouterr().out
    assert "without an answer" in document
    assert main(["merge", ".p"]) == 3


def test_a_part_without_an_example_has_an_empty_bundle(project, ask):
    codes = [ask("run", "--shard", f"{n}/16", "--bundle", f".part{n}") for n in range(1, 17)]
    assert {each.code for each in codes} == {0}
    assert sum(each.document["examples"] for each in codes) == len(TICKETS)
    assert main(["merge", *(f".part{n}" for n in range(1, 17))]) == 0


@pytest.mark.parametrize("written", ["0/3", "4/3", "1", "a/b", "1/0"])
def test_a_part_that_is_none_is_refused(project, written):
    assert main(["run", "--shard", written]) == 2


def test_a_part_says_what_it_would_ask(many, api, ask):
    asked = [ask("run", "--shard", f"{n}/3", "--dry-run") for n in (1, 2, 3)]
    assert {each.code for each in asked} == {0}
    counts = [each.document["evals"][0]["requests"] for each in asked]
    assert (sum(counts), api.count) == (40, 0)
    assert max(counts) <= 1.1 * 40 / 3
    assert not list(many.path.glob("*.bundle"))


def test_a_part_without_an_example_would_ask_nothing(project, ask):
    found = [ask("run", "--shard", f"{n}/16", "--dry-run") for n in range(1, 17)]
    assert {each.code for each in found} == {0}
    assert sum(len(each.document["evals"]) for each in found) < 16


def test_a_limit_that_cannot_be_divided_is_refused(many, api, capsys):
    text = (many.path / "promptci.yaml").read_text()
    many.write({"promptci.yaml": text.replace("{base_url", "{requests_per_minute: 3, base_url")})
    for more in ((), ("--dry-run",)):
        assert main(["run", "--shard", "1/4", "--bundle", ".p", *more]) == 2
        assert "cannot be divided among 4 parts: take at most 3" in capsys.readouterr().err
    assert api.count == 0


def test_merged_parts_write_the_chunks_of_one_process(many, monkeypatch):
    monkeypatch.setattr(chunkfiles, "LARGE", 10)
    assert main(["run"]) == 0
    folder = many.path / RECORD.removesuffix(".yaml")
    whole = {path.name: path.read_bytes() for path in [many.path / RECORD, *folder.iterdir()]}
    assert len(whole) > 20
    clear(many)
    shutil.rmtree(folder)
    assert [shard(many, number) for number in (1, 2, 3)] == [0, 0, 0]
    assert main(["merge", ".part3", ".part1", ".part2"]) == 0
    assert {p.name: p.read_bytes() for p in [many.path / RECORD, *folder.iterdir()]} == whole
