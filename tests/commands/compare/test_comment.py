"""`promptci comment` against a forge on loopback that refuses, fails and gives page after page."""

import json
import time

import pytest

from forges.server import HEAD, ME, FakeForge
from promptci.commands.main import main
from promptci.forges.api import ForgeAPI
from promptci.forges.commentbody import CommentBody
from promptci.forges.forge import FORGES, Forge
from promptci.forges.sticky import put_comment

MARKER = "<!-- promptci check -->"
BAD = f"{MARKER}\n<!-- verdict: failed -->\n\n**1 of 2 evals regressed.**\n"
GOOD = f"{MARKER}\n<!-- verdict: passed -->\n\n**No change in score.**\n"
TOKENS = {
    "github": "GITHUB_TOKEN",
    "gitea": "GITEA_TOKEN",
    "gitlab": "GITLAB_TOKEN",
    "bitbucket": "BITBUCKET_TOKEN",
}


@pytest.fixture(params=TOKENS)
def forge(request, monkeypatch):
    monkeypatch.setenv(TOKENS[request.param], "token-1234567890")
    with FakeForge(request.param) as server:
        yield server


@pytest.fixture
def github(monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "token-1234567890")
    with FakeForge("github") as server:
        yield server


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    found = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def say(forge, text, tmp_path, *options, pull="7"):
    file = tmp_path / "comment.md"
    file.write_text(text)
    given = ["--forge", forge.kind, "--api", forge.url, "--repo", "ada/router"]
    return main(["comment", str(file), *given, *(["--pull", pull] if pull else []), *options])


def test_it_is_inserted_then_updated(forge, tmp_path, capsys):
    assert say(forge, BAD, tmp_path) == 0
    assert "created" in capsys.readouterr().out
    assert say(forge, GOOD, tmp_path) == 0
    assert "updated" in capsys.readouterr().out
    [text] = forge.mine
    assert "No change in score" in text
    assert "Resolved" in text
    assert say(forge, GOOD, tmp_path) == 0
    assert len(forge.mine) == 1
    assert any("token-1234567890" in str(each) for each in forge.headers)


@pytest.mark.parametrize("pages", [1, 30, 0])
def test_it_is_found_on_a_later_page(forge, tmp_path, pages):
    for number in range(45):
        forge.write("ada", f"comment {number}")
    assert say(forge, BAD, tmp_path) == 0
    forge.pages = pages
    assert say(forge, GOOD, tmp_path) == 0
    assert len(forge.mine) == 1
    assert "No change" in forge.mine[0]


def test_a_long_comment_of_wide_letters_fits_and_is_found_again(forge, tmp_path):
    lost = "\n\n".join("🙂 漢字 é\u0301 " * 30 for _ in range(400))
    assert say(forge, f"{BAD}\n{lost}\n", tmp_path) == 0
    [text] = forge.mine
    most = FORGES[forge.kind].most
    assert most / 2 < len(text) <= most
    assert "… the rest is left out" in text
    assert say(forge, GOOD, tmp_path) == 0
    assert len(forge.mine) == 1


@pytest.mark.parametrize("forge", ["gitlab", "bitbucket"], indirect=True)
def test_a_note_of_the_system_and_one_that_was_deleted_are_no_comments(forge, tmp_path):
    forge.not_written.add(forge.write(ME[forge.kind], BAD))
    assert say(forge, GOOD, tmp_path) == 0
    assert [BAD in text for text in forge.mine] == [True, False]


def test_a_marker_of_somebody_else_is_left_alone(forge, tmp_path):
    forge.write("mallory", BAD)
    forge.write(ME[forge.kind], "something else that I said")
    forge.write(ME[forge.kind], f"> quoted:\n{MARKER}")
    assert say(forge, GOOD, tmp_path) == 0
    assert [each[2] for each in forge.comments][:1] == [BAD]
    assert len(forge.mine) == 3


@pytest.mark.parametrize("status", [401, 403, 422])
def test_what_is_refused_is_a_sentence_and_exit_0(forge, tmp_path, capsys, status):
    forge.fail("POST", status)
    assert say(forge, BAD, tmp_path) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("the comment was not written: ")
    assert captured.err.count("\n") == 1
    assert (FORGES[forge.kind].leave in captured.err) == (status == 403)
    assert forge.calls.count(next(c for c in forge.calls if c.startswith("POST"))) == 1
    forge.fail("POST", status)
    assert say(forge, BAD, tmp_path, "--strict") == 3


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
def test_what_passes_is_tried_again(forge, tmp_path, status):
    forge.fail("POST", status, status)
    assert say(forge, BAD, tmp_path) == 0
    assert len(forge.mine) == 1


def test_looking_the_head_up_is_tried_again_too(forge, tmp_path):
    forge.fail("GET", 502, 503)
    assert say(forge, BAD, tmp_path, "--head", HEAD) == 0
    assert len(forge.mine) == 1


@pytest.mark.parametrize("status", [404, 409, 429, 503])
def test_what_does_not_pass_ends(forge, tmp_path, capsys, status):
    forge.fail("POST", *[status] * 50)
    assert say(forge, BAD, tmp_path) == 0
    assert "not written" in capsys.readouterr().err
    assert sum(call.startswith("POST") for call in forge.calls) == 4


def test_a_comment_that_is_gone_is_written_again(forge, tmp_path):
    say(forge, BAD, tmp_path)
    forge.fail("PATCH" if forge.kind in ("github", "gitea") else "PUT", 404)
    forge.comments.clear()
    assert say(forge, GOOD, tmp_path) == 0
    assert len(forge.mine) == 1


def test_the_wish_of_the_forge_is_obeyed(github, tmp_path, waits, capsys):
    github.fail("GET", (429, {"Retry-After": "17"}))
    assert say(github, BAD, tmp_path) == 0
    assert waits == [17.0]
    github.fail("GET", (403, {"Retry-After": "3600"}))
    assert say(github, BAD, tmp_path) == 0
    assert "too many requests" in capsys.readouterr().err
    assert waits == [17.0]


def test_a_post_that_failed_after_it_was_done_is_not_done_twice(forge, tmp_path):
    forge.on_create = lambda: forge.fail("GET", 502)
    assert say(forge, BAD, tmp_path) == 0
    assert len(forge.mine) == 1


def test_two_jobs_at_once_leave_one_comment(forge, tmp_path, capsys):
    other = BAD.replace("1 of 2", "2 of 2")
    forge.on_create = lambda: forge.mine or forge.write(ME[forge.kind], other)
    assert say(forge, GOOD, tmp_path) == 0
    [text] = forge.mine
    assert "No change in score" in text
    assert "was updated" in capsys.readouterr().out  # its own is gone


def test_a_comment_that_another_job_took_away_was_not_created(github):
    report = CommentBody(BAD, HEAD)

    class Raced(Forge, frozen=True):
        def create(self, pull, text):
            github.write("bot", text)
            return "1"  # there is no comment with this id any more

    forge = Raced(ForgeAPI(github.url, {}), FORGES["github"], "ada/router")
    assert put_comment(forge, "7", report, "bot") == "unchanged"
    assert len(github.mine) == 1


OTHER = BAD.replace("check -->", "check: services/router -->").replace("1 of 2", "2 of 9")


@pytest.mark.parametrize("reports", [(BAD, OTHER), (OTHER, BAD)])
def test_each_project_of_a_repository_has_its_comment(forge, tmp_path, reports):
    first, second = reports
    forge.on_create = lambda: forge.write(ME[forge.kind], second) if not forge.mine else None
    assert say(forge, first, tmp_path) == 0  # another project's job writes at the same time
    assert say(forge, second.replace("regressed", "fell"), tmp_path) == 0
    assert ["fell.**" in text for text in forge.mine] == [
        ("2 of 9" in text) == (second is OTHER) for text in forge.mine
    ]
    for report in reports:
        assert say(forge, report.replace("verdict: failed", "verdict: passed"), tmp_path) == 0
    assert len(forge.mine) == 2
    assert all("Resolved" in text for text in forge.mine)


def test_where_nothing_may_be_deleted_the_oldest_comment_is_kept_up(forge, tmp_path, capsys):
    for _ in range(2):
        forge.write(ME[forge.kind], BAD)
    forge.fail("DELETE", 403)
    assert say(forge, GOOD, tmp_path) == 0
    assert "updated" in capsys.readouterr().out
    assert ["No change in score" in text for text in forge.mine] == [True, False]


def test_a_job_that_fails_while_it_settles_leaves_one_comment_to_the_next(forge, tmp_path):
    forge.write("mallory", BAD)

    def another_writes_and_the_forge_fails():
        forge.on_create = lambda: None
        forge.write(ME[forge.kind], BAD)
        forge.fail("GET", 502)

    forge.on_create = another_writes_and_the_forge_fails
    assert say(forge, BAD, tmp_path) == 0
    assert len(forge.mine) == 1
    assert forge.comments[0][2] == BAD


@pytest.mark.parametrize("forge", ["gitea", "gitlab", "bitbucket"], indirect=True)
def test_a_token_that_does_not_know_its_name_needs_it(forge, tmp_path, capsys):
    forge.knows_me = False
    assert say(forge, BAD, tmp_path) == 0
    assert "name it with --author" in capsys.readouterr().err
    assert say(forge, BAD, tmp_path, "--author", ME[forge.kind]) == 0
    assert len(forge.mine) == 1


def test_a_limit_that_only_the_words_tell_passes(github, tmp_path, waits):
    github.says = "You have exceeded a secondary rate limit."
    github.fail("POST", 403, 403)
    assert say(github, BAD, tmp_path) == 0
    assert (len(github.mine), len(waits)) == (1, 2)


def test_the_words_of_the_forge_are_told(github, tmp_path, capsys):
    github.says = "Validation Failed:\n body is too long"
    github.fail("POST", 422)
    assert say(github, BAD, tmp_path) == 0
    assert "(HTTP 422: Validation Failed: body is too long)" in capsys.readouterr().err


def test_a_workflow_token_does_not_know_its_name(github, tmp_path):
    github.knows_me = False
    github.write("github-actions[bot]", BAD)
    assert say(github, GOOD, tmp_path) == 0
    assert "Resolved" in github.comments[0][2]
    assert len(github.comments) == 1


def test_the_pull_request_is_found_by_its_head(forge, tmp_path, capsys):
    forge.pulls = {str(number): f"{number:040x}" for number in range(100, 180)} | {"7": HEAD}
    assert say(forge, BAD, tmp_path, "--head", HEAD, pull="") == 0
    assert len(forge.mine) == 1
    assert say(forge, BAD, tmp_path, "--head", "d" * 40, pull="") == 0
    assert "no open pull request offers this commit" in capsys.readouterr().err
    assert say(forge, BAD, tmp_path, pull="") == 0
    assert "nothing here names a pull request or a commit" in capsys.readouterr().err


def test_a_report_on_an_older_head_is_not_written(forge, tmp_path, capsys):
    assert say(forge, BAD, tmp_path, "--head", "d" * 40) == 0
    assert "has moved on" in capsys.readouterr().err
    assert forge.comments == []


def test_an_artifact_is_written_only_about_its_own_commit(github, tmp_path, capsys):
    folder = tmp_path / "artifact"
    folder.mkdir()
    (folder / "comment.md").write_text(BAD + "\n@ada ![x](https://evil.example)\n")
    (folder / "head").write_text(HEAD)
    where = ["--forge", "github", "--api", github.url, "--repo", "ada/router"]
    assert main(["comment", "--artifact", str(folder), "--head", HEAD, *where]) == 0
    [text] = github.mine
    assert "@ada" not in text
    assert "](" not in text
    (folder / "head").write_text("e" * 40)
    assert main(["comment", "--artifact", str(folder), "--head", HEAD, *where]) == 2
    assert len(github.mine) == 1


def test_in_a_workflow_everything_is_known(github, tmp_path, monkeypatch):
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": HEAD}}}))
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": "ada/router",
        "GITHUB_EVENT_PATH": str(event),
    }.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "comment.md"
    file.write_text(BAD)
    assert main(["comment", str(file)]) == 0
    assert f"failed at {HEAD}" in github.mine[0]


def test_no_token_is_a_sentence(tmp_path, capsys):
    file = tmp_path / "comment.md"
    file.write_text(BAD)
    assert main(["comment", str(file), "--forge", "gitlab", "--repo", "1", "--pull", "1"]) == 0
    assert "set GITLAB_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["http://git.example/api", "ftp://127.0.0.1", "https://a:b@c.example"]
)
def test_a_token_goes_out_in_clear_nowhere(tmp_path, monkeypatch, url, capsys):
    monkeypatch.setenv("GITEA_TOKEN", "token-1234567890")
    file = tmp_path / "comment.md"
    file.write_text(BAD)
    options = ["--forge", "gitea", "--api", url, "--repo", "a/b", "--pull", "1"]
    assert main(["comment", str(file), *options]) == 2
    assert "token-1234567890" not in capsys.readouterr().err


def test_a_redirect_is_not_followed(github, tmp_path, capsys):
    github.fail("GET", (302, {"Location": "http://127.0.0.1:9/steal"}))
    assert say(github, BAD, tmp_path) == 0
    assert "HTTP 302" in capsys.readouterr().err


def test_what_is_no_report_is_refused(github, tmp_path):
    assert say(github, "hello", tmp_path) == 2
    assert main(["comment"]) == 2
    assert github.calls == []
