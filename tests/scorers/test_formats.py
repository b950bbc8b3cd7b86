"""The formats of JSON Schema, each with texts that are of it and texts that nearly are."""

import pytest

from promptci.scorers.json.formats import FORMATS, MAX_CHARS, has_format
from tables import every_row

RIGHT = {
    "date": ["2024-02-29", "1999-12-31"],
    "time": ["08:30:06Z", "08:30:06.283185+00:20", "23:59:60Z", "01:29:60+01:30", "15:59:60-08:00"],
    "date-time": ["2024-03-04T10:00:00Z", "1990-12-31t15:59:59.123-08:00"],
    "duration": ["P4Y", "P1Y2M3DT4H5M6S", "PT36H", "P2W", "PT1M"],
    "email": ["ann@example.com", '"a b"@example.com', "a.b+c@[127.0.0.1]", "a@[IPv6:::1]"],
    "idn-email": ["実例@実例.jp", "ann@bücher.example"],
    "hostname": ["www.example.com", "xn--bcher-kva.example", "1host", "a" * 63 + ".de"],
    "idn-hostname": ["bücher.example", "실례.테스트", "example.com"],
    "ipv4": ["192.168.0.1", "0.0.0.0"],
    "ipv6": ["::1", "::ffff:192.168.0.1", "1:2:3:4:5:6:7:8"],
    "uri": [
        "https://example.com/a?b=c#d",
        "mailto:ann@example.com",
        "urn:isbn:0451450523",
        "a://[::1]",
    ],
    "uri-reference": ["/a/b", "#top", "?q=1", "//host/x", "a/b:c", "https://example.com", ""],
    "iri": ["https://ƒøø.example/?∂éœ=πîx#x"],
    "iri-reference": ["/âππ", "#ƒ"],
    "uri-template": ["https://example.com/{id}{?q,page*}", "plain", "{var:3}"],
    "uuid": ["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"],
    "json-pointer": ["", "/a/b~1c/0", "/a~0b"],
    "relative-json-pointer": ["0", "1/a", "2#"],
    "regex": ["^a+$", r"\d{4}"],
}
WRONG = {
    "date": [
        "2023-02-29",
        "2024-2-9",
        "04/03/2024",
        "2024-060",
        "2024-03-04T10:00:00Z",
        "২০২৪-03-04",
    ],
    "time": ["08:30:06", "24:00:00Z", "08:30Z", "22:59:60Z", "08:30:06 PM", "01:02:03+24:00"],
    "date-time": [
        "2024-03-04",
        "2024-03-04 10:00:00Z",
        "2024-03-04T10:00:00",
        "2024-13-04T10:00:00Z",
    ],
    "duration": ["P", "PT", "4D", "P1D2H", "P1Y2W", "P2D1Y", "PT0.5S", "P\uff11Y"],
    "email": [
        "nope",
        "@example.com",
        "a@",
        "a..b@example.com",
        ".a@b.de",
        "a@b_c.de",
        "a b@c",
        "x@y",
    ],
    "idn-email": ["2962", "a@-b.de"],
    "hostname": ["-a.de", "a-.de", "a..b", "a_b.de", "a" * 64 + ".de", "bücher.de", "", "xn--X"],
    "idn-hostname": ["-bücher.de", "l\u00b7", "\u0300hello", ""],
    "ipv4": ["256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4/8", "\u0661.2.3.4"],
    "ipv6": ["12345::", "1::2::3", "fe80::1%eth0", "1:2:3"],
    "uri": [
        "/relative",
        "example.com",
        "http:// spaces",
        "http://a.de/<x>",
        "http://[nope]",
        "bücher:x",
    ],
    "uri-reference": ["\\\\WINDOWS\\x", "#a b", "/ä"],
    "iri": ["/abc", "http://2001:0db8::1 x"],
    "iri-reference": ["\\x"],
    "uri-template": ["https://example.com/{id", "{}", "a b"],
    "uuid": ["2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "{x}"],
    "json-pointer": ["a", "/~2", "#/a"],
    "relative-json-pointer": ["/a", "-1/a", "01", "1##"],
    "regex": ["^(abc]", "a{1000000000}{1000000}"],
}


def test_every_format_has_texts_of_both_kinds():
    assert RIGHT.keys() == WRONG.keys() == FORMATS.keys()


@every_row(("name", "text"), [(n, text) for n, texts in RIGHT.items() for text in texts])
def test_a_text_of_a_format_fits(name, text):
    assert has_format(name, text)


@every_row(("name", "text"), [(n, text) for n, texts in WRONG.items() for text in texts])
def test_a_text_of_no_format_does_not(name, text):
    assert not has_format(name, text)


@pytest.mark.slow
@every_row("name", FORMATS)
@every_row("piece", ["a", "a@", "1:", "/", "%41", "{a}", ".a", "xn--", "ü", "\ud800"])
def test_a_huge_text_is_of_no_format_and_no_text_raises(name, piece):
    assert not has_format(name, piece * MAX_CHARS * 2)
    assert has_format(name, piece * (MAX_CHARS // 4)) in (True, False)


def test_a_format_that_nothing_checks_is_a_warning(doubts):
    schema = {
        "properties": {"n": {"type": "integer", "format": "int32"}, "format": {"type": "string"}},
        "examples": [{"format": "x"}],
    }
    [said] = doubts({"is_json": {"schema": schema}})
    assert said.startswith("`format: int32` is not checked: use one of JSON Schema's")
    assert doubts({"is_json": {"schema": {"format": "date"}}}) == []
