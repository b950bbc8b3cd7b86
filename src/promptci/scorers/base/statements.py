"""What an answer comes down to: its markup taken off, and the words that announce a verdict."""

import re

TAIL = 100_000
"""Characters at the end of a long answer that are read: who concludes does so there."""

_SAID = (
    r"answers?|choice|option|selection|solution|verdict|conclusion|label|category|class|response"
    r"|selected|correct|guess|bet|possibility(?:\ left)?"
)
_ABROAD = r"respuesta|réponse|antwort|resposta|risposta"
_RIGHT = r"correct[ae]?|corretta|correta|finale?|juste|exacte|giusta|certa"
_IS = r"is|was|(?:would|should|must|will|might|may|could|can\ only)\ be|es|est|ist|é|è"
ANNOUNCED = (
    rf"(?:\b(?:{_SAID}|{_ABROAD})\b(?:\ (?:{_RIGHT})\b)?|ответ|الإجابة|答案|回答|答え"
    r"|正解|정답(?:은)?)"
    r"(?:\ to\ (?:this|the|your)\ question|\ here|\ choice|\ option|\ for\ this\ question)?"
    rf"\s*(?:[:=\uff1a]|\b(?:{_IS})\b|是|为|為|は|(?<=\ )[\u2013\u2014-](?=\ ))\s*[:\uff1a]?\s*"
    r"(?:(?:most\ likely|likely|probably|clearly|therefore|thus|indeed|simply|definitely)\s+)?"
    r"(?:(?:la|el|le|il|o|die|der|das)\s+)?"
)
"""Words after which an answer stands, as a verbose pattern to be matched without regard to case."""

_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{|<(?:final_?)?answer>", re.IGNORECASE)
_SPOKEN = re.compile(r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm|it)|bf)\b\s*|</?\w{1,20}>|\\[()\[\]]")
_STRESSED = re.compile(r"(\*\*|__|`|\*|_|\"|(?<!\w)')[(\[]?([A-Za-z0-9])[)\].:]?\1")
_MARKUP = str.maketrans(
    {"[": "(", "]": ")", "\uff08": "(", "\uff09": ")"} | dict.fromkeys('*_`"“”{}$#>', "")
)
_DOUBLED = re.compile(r"\(\(([^()]{1,10})\)\)")


def plain(text: str) -> str:
    """The end of an answer without emphasis, quotes, LaTeX and tags.

    A stressed letter is put in brackets, `[…]` become `(…)`, and what stands in a box or in
    `<answer>` is announced as an answer.
    """
    text = _BOXED.sub(" answer: ", text[-TAIL:])
    text = _STRESSED.sub(r"(\2)", _SPOKEN.sub("", text))
    return _DOUBLED.sub(r"(\1)", text.translate(_MARKUP).replace("\u2019", "'"))


def statement_lines(text: str) -> list[str]:
    """The lines that are not blank, without white space around them."""
    return [line for each in text.split("\n") if (line := each.strip())]
