"""Every command: the first line of its help, and the folder of its module."""

COMMANDS = {
    "init": "Write a small working project into this repository.",
    "import": "Bring prompts, tests and outputs of another tool into this project.",
    "examples": "Add, look at, split and label golden examples.",
    "collect": "Draft golden examples from a log of calls.",
    "export": "Write prompts, examples and answers in the forms of other tools.",
    "sync": "Register prompts and score records with MLflow.",
    "run": "Evaluate prompts on their golden examples and record the scores.",
    "merge": "Merge the bundles of all shards of a run into its records.",
    "score": "Judge outputs obtained elsewhere, without calling the model.",
    "check": "Compare a change with its base, as continuous integration does.",
    "comment": "Insert or update the one comment of a pull request.",
    "compare": "Compare two revisions, models or versions of prompts.",
    "diff": "Show how the committed scores differ from those of another commit.",
    "log": "Show the history of scores, a line per commit.",
    "why": "Show which parts of an eval differ from the base, and how.",
    "merge-record": "Merge two branches' score records, as git's merge driver.",
    "accept": "Accept that examples are lost, and write down why, who and when.",
    "bisect": "Find the commit that made an eval worse.",
    "noise": "Measure how much an eval's scores vary when nothing changes.",
    "drift": "Ask hosted models the same again, and say whether they got worse.",
    "shots": "Find out what a prompt's shots do.",
    "curve": "Measure the score by how many shots a prompt has.",
    "sensitivity": "Measure how much a prompt's score depends on its format.",
    "search": "Search a better text for a prompt.",
    "judge": "Measure how far a judge agrees with people's labels.",
    "report": "Write a page to look at: what changed, why, and how it came about.",
    "browse": "Look through results on the terminal: evals, their examples, both answers.",
    "show": "Show everything stored of an eval's results.",
    "lint": "Check prompts, evals and examples without asking a model.",
    "scorers": "List the scorers, or show one with its options and an example.",
    "explain": "Explain a word of the reports, with an example.",
    "batch": "List, collect or cancel the batches that were sent.",
    "cache": "Show, carry, check, prune or clear the stored answers.",
    "schema": "Print the JSON Schema of a file format, for editors.",
    "completion": "Print the shell's completion script.",
}
"""Every command with the first line of its help, so that `--help` imports none of them."""

ELSEWHERE = {
    "help": "--help",
    "version": "--version",
    **dict.fromkeys(("test", "tests", "eval", "evaluate", "exec"), "run"),
    **dict.fromkeys(("validate", "verify", "doctor"), "lint"),
    **dict.fromkeys(("new", "create", "start", "setup"), "init"),
    **dict.fromkeys(("view", "ui", "html", "open", "dashboard", "serve"), "report"),
    **dict.fromkeys(("list", "ls", "results"), "show"),
    **dict.fromkeys(("optimize", "optimise", "improve"), "search"),
    **dict.fromkeys(("approve", "waive"), "accept"),
    **dict.fromkeys(("status", "st"), "diff"),
    **dict.fromkeys(("history", "trend"), "log"),
    **dict.fromkeys(("convert", "migrate"), "import"),
}
"""What commands are called elsewhere, and the one of ours that does it."""

_FOLDERS = {
    "evaluate": "run merge score batch",
    "compare": "check comment compare",
    "experiments": "noise drift shots curve sensitivity search judge",
    "history": "diff log why merge-record accept bisect",
    "results": "report browse show cache",
    "exchange": "import collect export sync",
    "files": "init examples lint",
    "reference": "scorers explain schema completion",
}
"""What the commands in each folder are."""

_FOLDER_OF = {name: folder for folder, names in _FOLDERS.items() for name in names.split()}


def module_of(name: str) -> str:
    """The module that has the command: `merge-record` is in `history/merge_record.py`."""
    return f"promptci.commands.{_FOLDER_OF[name]}.{name.replace('-', '_')}"
