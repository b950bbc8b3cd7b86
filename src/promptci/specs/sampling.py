"""How a prompt gets its answer out of several samples: their number, and which one is picked."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct, field

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import Mark, Node, Plain, excerpt

MOST_SAMPLES = 100

PickKind: TypeAlias = Literal["vote", "first_valid", "best", "judge"]
"""`vote`: the answer that most samples give. `first_valid`: the first that passes a check, asked
one after the other. `best`: the one that a scorer likes most. `judge`: the one a model prefers.
"""

VOTE_COUNTING = 2
"""How votes are counted; a change by which another sample could be picked takes the next number."""

_PLAIN = ("vote", "first_valid")
_NAMED = ("best", "judge")
_NEEDS = {
    "vote": ("key", "what is voted on, such as `key: {regex: 'answer is (.*)'}`"),
    "first_valid": (
        "valid",
        "what an answer must pass, such as `valid: is_json`, or a `key` that it must hold",
    ),
}


class SampleFile(Struct, frozen=True, forbid_unknown_fields=True):
    """How many answers are asked for, and how. Sample number i is asked with `seed` + i."""

    n: Annotated[int, Meta(ge=1, le=MOST_SAMPLES, description="how many samples, at most")]
    temperature: Annotated[
        Annotated[float, Meta(ge=0, le=2)] | None,
        Meta(description="in the place of that in `parameters`"),
    ] = None
    seed: Annotated[
        Annotated[int, Meta(ge=0, lt=2**31)] | None,
        Meta(description="the seed of the first sample; each further one has the next"),
    ] = None


class SolveFile(Struct, frozen=True, forbid_unknown_fields=True):
    """How a prompt gets its answer where one request is not enough."""

    CURES: ClassVar = {
        "sample": "write how many, such as `{n: 5, temperature: 0.7}`",
        "key": "write what counts of an answer by `json`, `regex`, `after`, `fence` or `line`, "
        "such as `{regex: 'answer is (.*)'}`",
    }

    sample: SampleFile
    pick: Annotated[
        str | dict[str, Any],
        Meta(description="`vote`, `first_valid`, `best: SCORER` or `judge: {model, criteria}`"),
    ]
    key: Annotated[
        dict[str, Any] | list[dict[str, Any]] | None,
        Meta(
            description="the part of an answer that counts in a vote, as `extract` takes it; with "
            "`best` and `judge` it picks nothing and says how many samples agree with the answer"
        ),
    ] = None
    valid: Annotated[
        str | dict[str, Any] | None,
        Meta(
            description="the scorer that an answer must pass to be picked by `first_valid`; "
            "without it the answer must have the `key`"
        ),
    ] = None
    numbers: Annotated[
        bool,
        Meta(
            description="whether equal numbers are one answer in a vote, as `1,200` and `1200.00` "
            "are; `false` where they are names, as versions are: `1.10` is not `1.1`"
        ),
    ] = True


class Sampled(Struct, frozen=True):
    """Several samples of which one is picked.

    `written` is the scorer that picks or checks, or what a judge is told; `key` what is compared,
    `numbers` whether equal numbers are the same in it. `seed` is that of the first sample.
    """

    n: int
    pick: PickKind
    mark: Mark
    seed: int | None = None
    key: Node | None = None
    written: Node | None = None
    numbers: bool = True
    canonical: Mapping[str, Plain] = field(default_factory=dict)


def read_sampled(
    node: Node, file: SolveFile | None, parameters: Mapping[str, Plain], faults: list[Fault]
) -> Sampled | None:
    """What `solve` in a prompt's file says; None without it, or after adding to `faults`.

    `parameters` are those that the samples are asked with.
    """
    if file is None:
        return None
    before = len(faults)
    pick, written = _pick(node.get("pick"), file.pick, faults)
    wanted = _NEEDS.get(pick)
    if wanted is not None and getattr(file, wanted[0]) is None and file.key is None:
        faults.append(node.get("pick").mark.fault(f"`{pick}` needs `{wanted[0]}`: {wanted[1]}"))
    if file.valid is not None and pick and pick != "first_valid":
        faults.append(node.key_mark("valid").fault("`valid` goes with `first_valid`: drop it"))
    if not file.numbers and (file.key is None or pick == "first_valid"):
        wrong = "`numbers` says how the parts that a `key` takes are counted, and none are here"
        faults.append(node.key_mark("numbers").fault(f"{wrong}: drop it"))
    _check_varied(node.get("sample"), file.sample, parameters, faults)
    if len(faults) > before:
        return None
    if file.key is not None and file.valid is not None:
        wrong = "`key` has no effect beside `valid`, which alone says which answer is picked"
        faults.append(node.key_mark("key").warning(f"{wrong}: drop one of them"))
    given = node.plain()
    assert isinstance(given, dict)
    return Sampled(
        n=file.sample.n,
        pick=pick,  # type: ignore[arg-type]  # it is none but these, or there is a fault
        mark=node.mark,
        seed=file.sample.seed,
        key=None if file.key is None else node.get("key"),
        written=node.get("valid") if file.valid is not None else written,
        numbers=file.numbers,
        canonical=_canonical(given, file),
    )


def sampling_parameters(given: Mapping[str, Plain], file: SolveFile | None) -> dict[str, Plain]:
    """The parameters that samples are asked with: a temperature of their own takes that place."""
    sample = None if file is None else file.sample
    own = sample is not None and sample.temperature is not None
    return {**given, "temperature": sample.temperature} if sample and own else dict(given)


def _canonical(given: Mapping[str, Plain], file: SolveFile) -> Mapping[str, Plain]:
    """What is digested; `numbers` at its default is left out."""
    kept = {name: value for name, value in given.items() if name != "numbers" or not file.numbers}
    return {**kept, "sample": {"n": file.sample.n, "seed": file.sample.seed}}


def _pick(
    node: Node, given: str | Mapping[str, Any], faults: list[Fault]
) -> tuple[str, Node | None]:
    """What picks, and what is written behind it."""
    name = given if isinstance(given, str) else next(iter(given), "")
    known = _PLAIN if isinstance(given, str) else _NAMED
    if name in known and (isinstance(given, str) or len(given) == 1):
        return name, None if isinstance(given, str) else node.get(name)
    if isinstance(given, str) and name in _NAMED:
        cure = "write `best: SCORER`" if name == "best" else "write `judge: {model: NAME}`"
    elif not isinstance(given, str) and (name in _PLAIN or len(given) != 1):
        cure = "write `vote` or `first_valid`, or one of `best` and `judge` with what it takes"
    else:
        cure = did_you_mean(name, (*_PLAIN, *_NAMED))
    faults.append(node.mark.fault(f"`pick` cannot be `{excerpt(str(name))}`: {cure}"))
    return "", None


def _check_varied(
    node: Node, sample: SampleFile, parameters: Mapping[str, Plain], faults: list[Fault]
) -> None:
    """Samples must be able to differ."""
    if sample.n == 1:
        wrong = "one sample leaves nothing to pick from"
        faults.append(node.get("n").mark.fault(f"{wrong}: ask for more, or leave out `solve`"))
        return
    if parameters.get("temperature") == 0:
        wrong = f"{sample.n} samples at temperature 0 are one answer {sample.n} times"
        faults.append(node.mark.fault(f"{wrong}: give a `temperature`, such as 0.7"))
    if "seed" in parameters:
        wrong = "the `seed` in `parameters` would be that of every sample"
        faults.append(node.mark.fault(f"{wrong}: write it in `sample`"))
