"""XML, HTML and YAML in answers: read strictly, nothing fetched, nothing expanded."""

import pytest

from effort import done_in_passes
from tables import every_row

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]><lolz>&j;</lolz>"
)
QUADRATIC = f'<!DOCTYPE b [<!ENTITY a "{"x" * 50_000}">]><b>{"&a;" * 50_000}</b>'
ORDER = (
    '<?xml version="1.0" encoding="latin-1"?>\n<s:order xmlns:s="u"><item n="1">ü</item></s:order>'
)
IS_XML = [
    ({}, "<a/>", True, ""),
    ({}, "\n <a>x</a>\n", True, ""),
    ({}, ORDER, True, ""),
    ({}, "<a><b>1 &lt; 2</b><!-- c --><![CDATA[<]]></a>", True, ""),
    ({}, "<!DOCTYPE note><note/>", True, ""),
    ({}, "", False, "not XML: no element found in line 1, column 1"),
    ({}, "hello", False, "not XML: syntax error in line 1, column 1"),
    ({}, "<a>", False, "not XML: no element found in line 1, column 4"),
    ({}, "<a><b></a></b>", False, "not XML: mismatched tag"),
    ({}, "<a/><b/>", False, "not XML: junk after document element"),
    ({}, "<a>1 < 2</a>", False, "not XML: not well-formed (invalid token)"),
    ({}, "<a b=c/>", False, "not XML: not well-formed (invalid token)"),
    ({}, '<a b="1" b="2"/>', False, "not XML: duplicate attribute"),
    ({}, "<p>&nbsp;</p>", False, "not XML: undefined entity"),
    ({}, "Here: <a/>", False, "not XML: syntax error"),
    (
        {},
        "```xml\n<a/>\n```",
        False,
        "not XML: not well-formed (invalid token) in line 1, column 1; for fenced",
    ),
    ({}, "<a>\x00</a>", False, "not XML: not well-formed"),
    ({}, "<a>\ud800</a>", False, "not XML: half a character"),
    ({}, "<a>" * 101, False, "not XML: nested more than 100 deep"),
    ({}, "<a>" * 2_000_000, False, "not XML: nested more than 100 deep"),
    ({}, "<a>" + "x" * 1_000_000 + "</a>", True, ""),
    ({}, LAUGHS, False, "not XML here: its document type declares or refers to something"),
    ({}, QUADRATIC, False, "not XML here: its document type"),
    ({}, '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', False, "not XML here: its document type"),
    ({"elements": ["item"]}, ORDER, True, ""),
    ({"elements": ["order/item", "/order"]}, ORDER, True, ""),
    ({"elements": ["item/order", "item"]}, ORDER, False, 'no element "item/order"'),
    ({"elements": ["Item"]}, ORDER, False, 'no element "Item"'),
]


@every_row(("options", "output", "passed", "why"), IS_XML)
def test_is_xml(score, options, output, passed, why):
    found = done_in_passes(20, output, lambda: score({"is_xml": options}, output))
    assert found.passed is passed
    assert found.why.startswith(why)


def test_xml_fetches_nothing(score, listener, tmp_path):
    canary = tmp_path / "canary.txt"
    canary.write_text("canary")
    for place in (listener.url, canary.as_uri(), str(canary)):
        for head in (
            f'<!DOCTYPE a SYSTEM "{place}">',
            f'<!DOCTYPE a [<!ENTITY x SYSTEM "{place}">]>',
            f'<!DOCTYPE a [<!ENTITY % x SYSTEM "{place}"> %x;]>',
            f'<!DOCTYPE a PUBLIC "p" "{place}">',
        ):
            for scorer in ("is_xml", "contains_xml"):
                found = score(scorer, f"{head}<a>&x;</a>")
                assert "canary" not in found.why
                assert scorer == "contains_xml" or not found.passed
    assert listener.count == 0


CONTAINS_XML = [
    ({}, "Sure: <answer>4</answer>, done.", 1.0, ""),
    ({}, "```xml\n<a><b/></a>\n```", 1.0, ""),
    ({}, "1 < 2 and 3 > 2", 0.0, "no XML element"),
    ({}, "<a> is open", 0.0, "no XML element"),
    ({}, "open <b> then <i>x</i>", 1.0, ""),
    ({}, "a <b>x</i>", 0.0, "no XML element"),
    ({}, "", 0.0, "no XML element"),
    ({"elements": ["b", "c"]}, "<a><b/></a> and <c>x</c>", 1.0, ""),
    ({"elements": ["b", "d"]}, "<a><b/></a> and <c>x</c>", 0.5, 'no element "d"'),
    ({"elements": ["a/c"]}, "<a><b/></a> and <c>x</c>", 0.0, 'no element "a/c"'),
    ({"elements": ["b"]}, "<a><b></a>", 0.0, "no XML element"),
    ({}, "\ud800<a>\ud800</a>", 1.0, ""),
    ({}, "<a>" * 300_000, 0.0, "no XML element"),
    ({}, "<a>" + "x" * 1_000_000, 0.0, "no XML element"),
]


@every_row(("options", "output", "value", "why"), CONTAINS_XML)
def test_contains_xml(score, options, output, value, why):
    found = done_in_passes(20, output, lambda: score({"contains_xml": options}, output))
    assert (found.value, found.passed) == (value, value == 1.0)
    assert found.why == why


PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>1 < 2</title><meta charset=utf-8>
<style>p > a { color: red }</style><script>if (a < b) { "</p>" }</script></head>
<body><!-- note --><h1 class='x>y'>Hi</h1><p>One<p>Two<br>three
<ul><li>a<ul><li>b</ul><li>c</ul>
<table><tr><td>1<td>2<tr><td>3</table>
<svg viewBox="0 0 1 1"><path d="M0"/><g><circle r="1"/></g></svg><my-card>x</my-card>
<input disabled/><img src="data:image/png;base64,AAAA"></body></html>
"""
IS_HTML = [
    ({}, PAGE, True, ""),
    ({}, "<p>Hello</p>", True, ""),
    ({}, " <div>a</div>\n<div>b</div> ", True, ""),
    ({}, "<ul>" + "<li>x" * 5_000 + "</ul>", True, ""),
    ({}, "<p>1 < 2 &amp; 3</p>", True, ""),
    ({}, "<BR>", True, ""),
    ({}, "", False, "not HTML: no element"),
    ({}, "hello", False, "not HTML: text outside the elements in line 1"),
    ({}, "Sure!\n<p>Hello</p>", False, "not HTML: text outside the elements in line 1"),
    ({}, "<p>Hello</p>\nDone.", False, "not HTML: text outside the elements in line 1"),
    ({}, "```html\n<p>Hello</p>\n```", False, "not HTML: text outside the elements"),
    ({}, "<div><b>x</div>", False, "not HTML: `</div>` that closes nothing in line 1"),
    ({}, "<div>", False, "not HTML: `<div>` is not closed"),
    ({}, "</div>", False, "not HTML: `</div>` that closes nothing"),
    ({}, "<div", False, "not HTML: a tag that is not closed"),
    ({}, '<div class="x>a</div>', False, "not HTML: a tag that is not closed"),
    ({}, "<note><to>Ann</to></note>", False, "not HTML: `<note>`, which is no element of HTML,"),
    ({}, '<?xml version="1.0"?><p/>', False, "not HTML: a tag that is not closed"),
    ({}, "<!-- nothing -->", False, "not HTML: no element"),
    ({}, "<!doctype html>", False, "not HTML: no element"),
    ({}, "<div>" * 501, False, "not HTML: nested more than 500 deep"),
    ({}, "<p>a</p>" * 1_000_000, False, "more than 200,000 pieces of HTML"),
    ({}, "<p>" + "x" * 1_000_000, True, ""),
    ({}, "<!--" * 2_500_000, False, "not HTML: a tag"),
    ({"elements": ["table", "li"]}, PAGE, True, ""),
    ({"elements": ["table", "LI", "video"]}, PAGE, False, 'no element "video"'),
]


@pytest.mark.slow
@every_row(("options", "output", "passed", "why"), IS_HTML)
def test_is_html(score, options, output, passed, why):
    found = done_in_passes(60, output, lambda: score({"is_html": options}, output))
    assert found.passed is passed, found.why
    assert found.why.startswith(why)


CONTAINS_HTML = [
    ({}, PAGE, True, ""),
    ({}, "Sure:\n```html\n<ul><li>a</li></ul>\n```", True, ""),
    ({}, "It is <b>bold</b>.", True, ""),
    ({}, "one<br>two<br/>three", True, ""),
    ({}, "<!DOCTYPE html><p>x", True, ""),
    ({}, "plain text", False, "no HTML element"),
    ({}, "use <b> for bold", False, "no more HTML than a stray tag"),
    ({}, "use <b> or <i> or <u>", False, "no more HTML than a stray tag"),
    ({}, "write `<b>` before and `</b>` after", False, "no HTML element"),
    ({}, "x </p> y", False, "no more HTML than a stray tag"),
    ({}, "one<br>two", False, "no more HTML than a stray tag"),
    ({}, "<note>x</note> is XML", False, "no HTML element"),
    ({}, "List<String> a; Map<String, T> b;", False, "no HTML element"),
    ({}, "if a <b and c> d", False, "no more HTML than a stray tag"),
    ({}, "Ann <ann@x.test> and <https://x.test>", False, "no HTML element"),
    ({}, "&lt;b&gt;x&lt;/b&gt;", False, "no HTML element"),
    ({"elements": ["ul", "li"]}, "a <ul><li>x</li></ul>", True, ""),
    ({"elements": ["ol"]}, "a <ul><li>x</li></ul>", False, 'no element "ol"'),
]


@every_row(("options", "output", "passed", "why"), CONTAINS_HTML)
def test_contains_html(score, options, output, passed, why):
    found = score({"contains_html": options}, output)
    assert (found.passed, found.why) == (passed, why)


YAML_BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)
IS_YAML = [
    ({}, "a: 1\nb: [x, {c: d}]\n", True, ""),
    ({}, "- 1\n- 2\n", True, ""),
    ({}, '{"json": ["is", "YAML"]}', True, ""),
    ({}, "---\na: 1\n...\n", True, ""),
    ({}, "base: &b {x: 1}\nuse:\n  <<: *b\n  y: !tag 2\n", True, ""),
    ({}, "a: 1\na: 2\n", False, 'not YAML: the key "a" is given twice in line 2, column 1'),
    ({}, "a: {b: 1, b: 2}", False, 'not YAML: the key "b" is given twice in line 1, column 11'),
    ({}, "a: {b: 1}\nc: {b: b}\nb: [a, a]", True, ""),
    ({}, "Just some prose.", False, "YAML, but a scalar at the top"),
    ({}, "", False, "no YAML at all"),
    ({}, "# nothing\n", False, "no YAML at all"),
    ({}, "a: b: c", False, "not YAML: mapping values are not allowed in this context"),
    ({}, "a: [1, 2", False, "not YAML: "),
    ({}, "\ta: 1", False, "not YAML: "),
    ({}, "a: 'x", False, "not YAML: "),
    ({}, "a: *b", False, "not YAML: `*b` refers to nothing in line 1, column 4"),
    ({}, "a: &a [*a]", False, "not YAML: `*a` refers to nothing"),
    ({}, "a: \x07", False, "not YAML: a character that is not allowed there"),
    ({}, "a: \ud800", False, "not YAML: a character that is not allowed there"),
    ({}, "```yaml\na: 1\n```", False, "not YAML: "),
    ({}, "a: 1\n---\nb: 2\n", False, "2 YAML documents, one wanted"),
    ({"documents": True}, "a: 1\n---\nb: 2\n", True, ""),
    ({"documents": True}, "a: 1\n---\nprose\n", False, "YAML, but a scalar at the top"),
    ({"kind": "mapping"}, "- 1", False, "YAML, but a list at the top"),
    ({"kind": "list"}, "- 1", True, ""),
    ({"kind": "any"}, "prose", True, ""),
    ({}, "!!python/object/apply:os.system ['touch /tmp/x']", True, ""),
    ({}, YAML_BOMB, False, "more than 100,000 values of YAML, its aliases written out"),
    ({}, "a: &a 1\nb: [" + "*a, " * 101 + "]", False, "more than 100 aliases"),
    ({}, "- " * 40 + "x", False, "not YAML: nested more than 32 deep"),
    ({}, "[" * 900_000, False, "not YAML: nested more than 32 deep"),
    ({}, "- x\n" * 240_000, False, "more than 100,000 values of YAML"),
    ({}, "a: 1\n" * 2_000_000, False, "10,000,000 characters: YAML is read up to 1,000,000"),
]


@pytest.mark.slow
@every_row(("options", "output", "passed", "why"), IS_YAML)
def test_is_yaml(score, options, output, passed, why):
    found = done_in_passes(60, output, lambda: score({"is_yaml": options}, output))
    assert found.passed is passed, found.why
    assert found.why.startswith(why)
