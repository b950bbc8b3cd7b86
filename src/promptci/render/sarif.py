"""Faults of files as SARIF 2.1.0, which GitHub shows beside the code."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from promptci import __version__
from promptci.errors import Fault
from promptci.render.faultplaces import MOST, RULES, FaultPlace, LintedFiles, fault_places
from promptci.render.json.jsontext import as_ascii

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"


def lint(linted: LintedFiles) -> Iterator[str]:
    """One run with every fault, errors first where there are more than are shown."""
    faults = linted.faults
    told = _most_severe(faults)
    run: dict[str, Any] = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "results": [_result(place) for place in fault_places(told, linted.folder)],
    }
    if len(told) < len(faults):
        left = f"and {len(faults) - len(told):,} more faults, which are left out"
        note = {"level": "warning", "message": {"text": left}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [note]}]
    yield as_ascii({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _most_severe(faults: Sequence[Fault]) -> list[Fault]:
    if len(faults) <= MOST:
        return list(faults)
    return sorted(faults, key=lambda fault: fault.warning)[:MOST]


def _driver() -> dict[str, Any]:
    rules = [_rule(id_, about) for id_, about in RULES.items()]
    return {"name": "promptci", "semanticVersion": __version__, "rules": rules}


def _rule(id_: str, about: str) -> dict[str, Any]:
    """A kind of fault, with the texts that GitHub asks for."""
    return {
        "id": f"promptci/{id_}",
        "name": "".join(map(str.title, id_.split("-"))),
        "shortDescription": {"text": about},
        "fullDescription": {"text": f"{about} The message says what is wrong with it, and where."},
        "help": {"text": "Change the line as the message says; `promptci lint` tells the rest."},
    }


def _result(place: FaultPlace) -> dict[str, Any]:
    artifact = {"uri": quote(place.path), "uriBaseId": _ROOT}
    region = {"startLine": place.line or 1}  # GitHub takes no result without a line
    if place.column:
        region["startColumn"] = place.column
    location = {"artifactLocation": artifact, "region": region}
    return {
        "ruleId": f"promptci/{place.rule}",
        "ruleIndex": list(RULES).index(place.rule),
        "level": "warning" if place.is_warning else "error",
        "message": {"text": place.message or "(empty)"},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"promptciFault/v1": place.fingerprint},
    }
