"""The comparisons and checks whose reports are in `tests/golden`."""

from msgspec.structs import replace

from promptci.check.check import Checked
from promptci.check.verification import Stale
from promptci.compare.compared import Compared
from render.values import BASE, CONFIG, EVAL, PROMPT, family, files, fresh, pairs, side

MODELS = "models: {small: {endpoint: fake}, large: {endpoint: fake}}\n"
SCORERS = "  - one_of: {values: [billing, returns, other], weight: 0, name: label}\n"
PROMPT_V2 = (
    PROMPT.replace("v1", "v2")
    .replace("support tickets.", "support tickets. Answer with one word.")
    .replace("messages", "shots: [{vars: {ticket: It broke}, output: returns}]\nmessages")
)
LONG = (
    "The customer was charged twice for one order and wants the second payment back, so this "
    "ticket belongs to {}, since nothing was delivered late and nothing was broken."
)


def prompt_change() -> tuple[Compared, ...]:
    """One prompt edited: examples lost, won, flaky, edited, new and without an answer."""
    scorers = EVAL.replace("equals", "contains") + SCORERS
    base = files(40, **{"evals/router.yaml": scorers})
    head = base | {"prompts/router.yaml": PROMPT_V2}
    [one] = pairs(base, head)
    before = {
        "t-01": "The queue is billing.",
        "t-02": "returns",
        "t-05": LONG.format("billing"),
        "t-08": "other",
    }
    after = {
        "t-01": "The queue is returns.",
        "t-03": "other",
        "t-05": LONG.format("the queue for returns"),
        "t-07": "returns\nor other",
        "t-09": "",
        "t-11": "bill-ing, I'd say",
    }
    lenient = replace(one, accepted=frozenset({"t-11", "t-30"}))
    return family((lenient, before, after), flaky=["t-02"])


def model_swap() -> tuple[Compared, ...]:
    """Two evals on two models: one hides the collapse of a tag, one says the same."""
    trees = []
    for model in ("small", "large"):
        prompt = PROMPT.replace("fake/small", model)
        tree = files(60, **{"promptci.yaml": CONFIG + MODELS, "prompts/router.yaml": prompt})
        tree["prompts/support/order-fields.yaml"] = prompt
        tree["evals/support/order-fields.yaml"] = EVAL.replace("router", "../router")
        trees.append(tree)
    first, second = pairs(*trees)
    lost = {f"t-{i:02}": "I think this should go to the returns queue." for i in range(1, 12, 2)}
    won = {f"t-{i:02}": "other" for i in range(0, 14, 2)}
    return family((first, won, lost), (second, {}, {}))


def regression() -> Checked:
    """A check in which about everything happened."""
    tree = files(40, **{"evals/greet.yaml": EVAL + "prompt: router\n"})
    greet, router = pairs(tree, tree | {"prompts/router.yaml": PROMPT_V2})
    broken = {f"t-{i:02}": "I cannot help with that." for i in range(0, 14, 2)}
    found = family((greet, {}, {"t-04": "other"}), (router, {}, broken))
    return Checked(
        BASE,
        compared=found,
        fresh=(fresh(answers={"t-00": "other"}),),
        reused=tuple((f"extract/fields-{i}", "fake/small") for i in range(11)),
        flaky=(("router", "fake/small", "t-33"),),
        removed=("old-eval",),
        notes=("router: its gate differs from the base: the base's was applied",),
    )


def stale() -> Checked:
    """A record that was not rewritten."""
    cure = "run `promptci run router` and commit the file"
    why = "the record for fake/small was made before the last change"
    return Checked(BASE, stale=(Stale("router", "fake/small", why, cure),))


def quiet() -> Checked:
    """Nothing changed."""
    return Checked(BASE, reused=tuple((f"extract/fields-{i}", "fake/small") for i in range(14)))


SIDES = side("main"), side("v2")
MODEL_SIDES = side("small"), side("large")
