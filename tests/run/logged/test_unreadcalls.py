"""Fields that may be calls of tools and are not read as such."""

from promptci.run.logged.outputline import OutputFile
from promptci.run.logged.unreadcalls import UnreadCalls


def told(*rows):
    unread = UnreadCalls("o.jsonl")
    for line, row in enumerate(rows, 1):
        known = {key: row[key] for key in row if key in OutputFile.__struct_fields__}
        unread.look(OutputFile(id="a", output="done", **known), row, line)
    return [str(warning) for warning in unread.warnings]


def test_a_field_is_told_at_its_first_line_with_the_number_of_the_others():
    assert told({}, {"calls": ["wait"]}, {"calls": ["wait"]}) == [
        "o.jsonl:2:1: warning: `calls` is not read, since it is neither turns nor calls of tools: "
        'write each as {"name": …, "arguments": {…}} (and 1 more for the same reason)'
    ]


def test_calls_under_a_name_of_their_own_are_told():
    call = {"name": "find", "arguments": {}}
    assert told({"predicted": [call]}) == [
        "o.jsonl:1:1: warning: `predicted` lists calls of tools and is not read: call it "
        "`tool_calls`"
    ]
    assert told({"predicted": [call], "tool_calls": [call]}) == []
