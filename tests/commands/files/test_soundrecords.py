"""A record that was read is not read again to find out whether it is sound."""

from promptci.commands.main import main
from promptci.project.workspace import Workspace


def test_a_sound_record_is_read_once_and_a_damaged_one_is_told(project, api, monkeypatch):
    main(["run"])
    read, reading = [], Workspace.records
    monkeypatch.setattr(Workspace, "records", lambda *a: read.append(a) or reading(*a))
    assert [main(["lint"]) for _ in range(3)] == [0, 0, 0]
    assert len(read) == 1
    record = project.path / "evals/router.scores.yaml"
    sound = record.read_text()
    record.write_text(sound.replace("models:", "model:"))
    assert [main(["lint"]) for _ in range(2)] == [2, 2]
    record.write_text(sound)
    assert main(["lint"]) == 0
