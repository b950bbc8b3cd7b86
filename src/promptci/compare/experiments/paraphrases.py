"""Accuracies by paraphrase as rows: one file with the accuracy of each model for each template.

The form is that of the results of "State of What Art?"
(https://github.com/SLAB-NLP/Multi-Prompt-LLM-Evaluation, `data/aggregated results (jsons)`).
"""

import msgspec
from msgspec import Struct

from promptci.parsing.datafile import DataRow


class _Paraphrase(Struct):
    template: str
    accs: dict[str, float]
    method: str = ""
    correct: bool = True


class _Results(Struct):
    paraphrases: dict[str, _Paraphrase]


_decode = msgspec.json.Decoder(_Results).decode


def paraphrase_rows(data: bytes) -> list[DataRow] | None:
    """A row for each template and model, with its method and accuracy; None for other files."""
    if b'"paraphrases"' not in data:
        return None
    try:
        found = _decode(data)
    except msgspec.DecodeError:
        return None
    return [
        DataRow(
            1,
            {
                "paraphrase": f"{name}: {each.template}",
                "method": each.method,
                "correct": str(each.correct).lower(),
                "model": model,
                "accuracy": accuracy,
            },
        )
        for name, each in found.paraphrases.items()
        for model, accuracy in each.accs.items()
    ]
