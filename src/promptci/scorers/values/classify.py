"""A scorer for answers that put something into a class."""

import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.records.record import Classed, Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.statements import ANNOUNCED, TAIL, first_turn, plain, statement_lines
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import Unjudged, as_read, failed, listed, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.text.cleaning import Word
from promptci.scorers.values.doubted import without_doubted
from promptci.templates.template import as_text

Spellings: TypeAlias = Mapping[str, str]
"""Labels by what an answer may call them, in plain form."""

_APART = re.compile(r"[\s_-]+")
_EDGES = " .,;:!?()'"
_IDIOMS = re.compile(
    r"\bon\s+the\s+other\s+hand\b|\bin\s+other\s+words\b|\beach\s+other\b|\bamong\s+others?\b"
)
"""Phrases whose words name no label, such as `other`."""
_OUT_OF = re.compile(r"(?<=\d)\s*(?:/|out\s+of)\s*\d{1,3}\b")
_CONCEDED = re.compile(
    r"^(?:although|though|even\s+though|while|whereas|despite)\b[^,\n]{1,200},", re.MULTILINE
)
_GROUNDS = re.compile(
    r",?\s(?:because|since|(?<=,\s)(?:as|though)|even\s+though|although|despite)\b[^.\n]*"
    r"|,?\s(?:and\s)?(?:with\s)?(?:an?\s)?(?:hint|touch|trace|undertone)s?\sof\b[^.\n]*"
    r"|,\s(?:and\s)?partly\b[^.\n]*"
)
"""What goes with a statement: what it is admitted against, and its reasons."""
_MORE = re.compile(r"\bmore\s+([\w ]{1,40}?)\s+than\b[^.,;\n]*")
"""What fits better than something else."""
_ASKED = re.compile(r"[^.!?\n]{1,300}\?(?=\s)")
_NEGATED = re.compile(
    r"\b(?:not|no|non|never|isn't|neither|nor|rather\s+than|instead\s+of|unlike"
    r"|(?:not|isn't|aren't)\s+\w+ing|far\s+from|(?:any|no)thing(?:\s+but)?|hardly"
    r"|(?:not|n't)\s+(?:really\s+)?(?:about|related\s+to|an?\s+matter\s+of|concern)"
    r"|nothing\s+to\s+do\s+with)(?:\s+(?:an?|the|really))?\s+\Z"
)
_BUT_NOT = re.compile(r",?\s+but\s+(?:it\s+)?(?:is|was|are)(?:n't|\s+not)\b(?!\s+\w)")
_WOULD = re.compile(r"\bwould\s+(?:be|have\s+been)\s+(?:an?\s+)?\Z")
_ELSE = re.compile(r",?\s+(?:if\s+(?:not|it|only|the)|had|were\s+it|but\s+for|without)\b")
"""Around what would be so if something else were."""


class _Labels(Struct, frozen=True):
    """The labels by their spellings, where one is named, and where several are denied together."""

    spellings: Spellings
    named: re.Pattern[str]
    denied: re.Pattern[str]


class ClassificationOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labels are compared without regard to case, hyphens and underscores."""

    labels: Annotated[
        Annotated[list[Word], Meta(min_length=1)]
        | Annotated[dict[str, list[Word]], Meta(min_length=1)],
        Meta(description="the classes, each with other spellings if a mapping"),
    ]
    value: Annotated[
        Word | list[Word] | UnsetType, Meta(description="the class, or a list of classes")
    ] = UNSET


def classification(options: ClassificationOptions, binding: ScorerContext) -> Judge | None:
    """The class that the answer names is the one wanted.

    An answer that names none or several is not judged; it counts as a miss of the class expected
    in the eval's per-class figures.
    """
    spellings = _spellings(options, binding)
    known = _Labels(spellings, _pattern(spellings), _denied(spellings))
    goals = wanted(binding, options.value, lambda value: _label(value, spellings))
    binding.classes = tuple(map(as_text, options.labels))

    def judge(subject: Subject) -> Score:
        expected = goals(subject)
        got = _named(subject.output, known)
        if got is None:
            raise Unjudged(f"no label in {shorten(subject.output)}")
        if got in expected:
            return as_read(Score(1.0, True, classed=Classed(got, got)), got)
        why = f"says {shorten(got, 40)}, expected {listed(expected)}"
        return as_read(Score(0.0, False, why, Classed(expected[0], got)), got)

    def unread(subject: Subject, why: str) -> Score:
        return replace(failed(why), classed=Classed(goals(subject)[0], None))

    binding.unread = unread
    return judge


def _spellings(options: ClassificationOptions, binding: ScorerContext) -> Spellings:
    given = options.labels
    named = given if isinstance(given, dict) else {as_text(label): [] for label in given}
    spellings: dict[str, str] = {}
    for label, others in named.items():
        for form in dict.fromkeys(_form(as_text(each)) for each in (label, *others)):
            if not form or form in spellings:
                binding.fault(f"{shorten(label, 40)} is no label of its own: change it", "labels")
            spellings[form] = label
    return spellings


def _form(text: str) -> str:
    """A label or a line in plain form: no case, no markup, words parted by single spaces."""
    return _APART.sub(" ", plain(text.replace("_", " "))).strip(_EDGES).casefold()


def _pattern(spellings: Spellings) -> re.Pattern[str]:
    """Where a label is named; `said` where it is announced, longer labels before shorter."""
    forms = "|".join(re.escape(form) for form in sorted(spellings, key=len, reverse=True))
    said = _said(forms)
    return re.compile(
        rf"(?P<said>{said}\(?(?:an?\s+|the\s+)?)?(?<!\w)(?P<label>{forms})(?!\w)"
        rf"(?=(?P<more>\s*(?:/|,|\(?or\b"
        rf"|(?:\w+\s+){{0,4}}?and\b)\s*(?:an?\s+)?(?P<other>{forms})(?!\w))|)",
        re.VERBOSE | re.IGNORECASE | re.MULTILINE,
    )


def _denied(spellings: Spellings) -> re.Pattern[str]:
    """Labels that are listed to say that none of them fits: `neither positive nor negative`."""
    forms = "|".join(re.escape(form) for form in sorted(spellings, key=len, reverse=True))
    more = rf"(?:,?\s(?:n?or|and)|,)\s(?:the\s|an?\s)?(?:{forms})(?!\w)"
    return re.compile(rf"\b(?:none\sof|neither)\s(?:the\s|an?\s)?(?:{forms})(?:{more})+", re.I)


def _said(forms: str) -> str:
    """Words before a label that is settled on, or the place of one that brackets explain."""
    named = r"(?:^|[,(])\s*(?!second|runner|alternativ)[\w/]{1,30}(?:\s\w{1,30}){0,2}:\s*"
    said = rf"(?:{ANNOUNCED}|{named}(?=(?:{forms})\s*(?:$|[,.;()])))"
    judged = r"\b(?:i\s+(?:pick|choose|select)"
    judged += r"|(?:label|classify|categori[sz]e|mark|rate|tag)\s+(?:this|it|that))"
    judged += r"(?:\s+\w+){0,2}?\s+(?:as\s+)?"
    judged += r"|\b(?:assign|route|send|forward|move|put|file)\s+(?:this|it|that)(?:\s+\w+){0,2}?"
    judged += r"\s+(?:to|in|into|under)\s+(?:the\s+)?"
    judged += r"|\b(?:should|must|needs?\s+to)\s+(?:go|be\s+\w+)\s+(?:to|in|into|under|as)\s+"
    judged += r"(?:the\s+)?"
    judged += r"|\b(?:i\s+(?:think|believe|feel|would\s+say)|i'd\s+say|overall,?)\s+(?:that\s+)?"
    judged += r"(?:it|this)(?:'s|\s+is)\s+(?:(?!not?\b|non\b|neither\b|either\b|both\b)\w+\s+)?"
    judged += r"|\b(?:mostly|mainly|primarily|chiefly)\s+(?:an?\s+)?"
    judged += r"|\Ait(?:'s|\s+is)\s+"
    judged += (
        r"|\b(?:ends\s+up|comes\s+(?:across|off)\s+as|reads\s+(?:as|like))\s+(?:(?!not?\b)\w+\s+)?"
    )
    judged += rf"|\b(?:either|apply|applies|fits?):\s+(?=(?:{forms})\W*\Z)"
    judged += rf"|(?=(?:{forms})\s+overall(?:\W|$))"
    judged += r"|\b(?:overall|this(?:\s+one)?|the)"
    judged += r"(?:\s+(?:overall|general|main|dominant|primary|predominant|principal))?"
    judged += r"(?:\s+(?:sentiment|tone|review|text|message|email|ticket|statement|relationship"
    judged += r"|emotion|intent|topic|subject|theme|focus|category|stance|mood|issue))?"
    judged += r"\s+is\s+(?:(?!not?\b|non\b|neither\b|either\b|both\b)\w+\s+)?"
    judged += rf"|\A(?=(?:{forms})(?:\s*\(|:\s|\s?[\u2013\u2014]\s|[.!]\s"
    judged += rf"(?!but\b|however\b|or\b|\W*(?:{forms})(?:[.,!]|$))))"
    return rf"(?:{said}|\b(?:so|hence|thus|therefore)[,:]?\s+|{judged})"


def _label(value: Plain, spellings: Spellings) -> str:
    """The label that an expectation means. Raises `Unjudged` if it is none."""
    label = spellings.get(_form(as_text(value)))
    if label is None:
        known = listed(tuple(dict.fromkeys(spellings.values())))
        raise Unjudged(f"{shorten(value, 40)} is none of the labels {known}")
    return label


def _named(text: str, known: _Labels) -> str | None:
    """The label that an answer settles on; None if it names none.

    The last announced one, else one alone on the last or the first line, else the only one named.
    Raises `Unjudged` for an answer that names several.
    """
    spellings, pattern = known.spellings, known.named
    forms = [_form(line) for line in statement_lines(first_turn(text[-TAIL:]))]
    if len(forms) == 1 and forms[0] in spellings:
        return spellings[forms[0]]
    if forms and {spellings.get(form) for form in forms} == {*spellings.values()} != {
        spellings.get(forms[0])
    }:
        raise Unjudged(f"only lists the labels: {shorten(text)}")
    body = _OUT_OF.sub("", "\n".join(filter(None, forms)))
    body = _IDIOMS.sub(lambda idiom: " " * len(idiom[0]), body)
    body = _MORE.sub(r"\1", known.denied.sub(" ", body))
    told = _ASKED.sub("", body) if "?" in body else body
    is_told = told != body and pattern.search(told)
    body = without_doubted(told if is_told else body, pattern)
    found = [match for match in pattern.finditer(body) if not _is_negated(match)]
    said = [match for match in found if match["said"] is not None]
    if said and said[-1]["more"] and spellings[said[-1]["other"]] != spellings[said[-1]["label"]]:
        raise Unjudged(f"names several labels: {listed((said[-1]['label'], said[-1]['other']))}")
    if said:
        return spellings[said[-1]["label"]]
    for line in (forms[-1:], forms[:1]):
        if line and line[0] in spellings:
            return spellings[line[0]]
    labels = _labels(found, spellings)
    if len(labels) > 1:
        bare = _GROUNDS.sub("", _CONCEDED.sub("", body))
        meant = [match for match in pattern.finditer(bare) if not _is_negated(match)]
        labels = _labels(meant, spellings) or labels
    if len(labels) > 1:
        raise Unjudged(f"names several labels: {listed(labels)}")
    return labels[0] if labels else None


def _labels(found: list[re.Match[str]], spellings: Spellings) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spellings[match["label"]] for match in found))


def _is_negated(match: re.Match[str]) -> bool:
    start = match.start("label")
    before = match.string[max(0, start - 20) : start]
    is_unreal = _WOULD.search(before) and _ELSE.match(match.string, match.end("label"))
    is_only_like = _BUT_NOT.match(match.string, match.end("label"))
    return bool(is_unreal or is_only_like or _NEGATED.search(before))


SCORERS = {
    "classification": Scorer(
        classification,
        ClassificationOptions,
        "the class that it names is the one wanted; per-class figures for the eval",
        "labels",
        version=12,
        example="classification: [billing, returns, other]",
    ),
}
