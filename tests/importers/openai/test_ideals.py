"""What samples of openai/evals say is right: one text, several, empty ones."""

from promptci.importers.imported import Imported
from promptci.importers.openai.ideals import wanted_of
from promptci.parsing.source import Mark
from tables import every_row

ANY_CASE = {"contains": {"ignore_case": True}}


@every_row(
    ("ideal", "kind", "scorer", "wanted"),
    [
        (["a"], "Match", "starts_with", {"expected": "a"}),
        (["a", "b"], "Includes", ANY_CASE, {"expected": "a", "scorers": [{"any_of": {
            "scorers": [{"contains": {"value": "a", "ignore_case": True}},
                        {"contains": {"value": "b", "ignore_case": True}}],
            "name": "contains"}}]}),
        ("", "Match", "starts_with", {"scorers": [{"any_of": {
            "scorers": [{"length": {"min": 1}}], "name": "starts_with"}}]}),
        (["a"], "JsonMatch", "json_equal", {"expected": ["a"]}),
        ([], "Match", "starts_with", None),
    ],
)  # fmt: skip
def test_what_is_right(ideal, kind, scorer, wanted) -> None:
    found = Imported()
    assert wanted_of(ideal, kind, scorer, Mark("s.jsonl", 3), found) == wanted
    assert len(found.notes) == (ideal == "")
    assert len(found.losses) == (wanted is None)


def test_an_empty_text_is_like_an_answer_without_words() -> None:
    wanted = wanted_of("", "FuzzyMatch", ANY_CASE, Mark("s.jsonl", 3), Imported())
    assert wanted is not None
    [any_of] = wanted["scorers"]
    assert any_of["any_of"]["scorers"][0]["regex"]["fullmatch"]
