"""What an answer comes down to: its markup taken off, and the words that announce a verdict."""

import re

TAIL = 100_000
"""Characters at the end of a long answer that are read: who concludes does so there."""

_SAID = (
    r"answers?|choice|option|selection|solution|verdict|conclusion|label|category|class|response"
    r"|selected|correct|guess|bet|possibility(?:\ left)?|letter|result|ans|decision|prediction"
    r"|pick|judge?ment|grade|assessment|evaluation|outcome|final(?=\s*[:\uff1a])"
)
_ABROAD = r"respuesta|opción|réponse|antwort|lösung|ergebnis|resposta|alternativa|opção|risposta"
_ABROAD += r"|opzione|antwoord|svar|odpowied[zź]|cevap|jawaban|vastaus|răspuns|válasz|đáp\ án"
_RIGHT = r"correct[ae]?|corretta|correta|finale?|juste|exacte|giusta|certa"
_IS = r"is|was|(?:would|should|must|will|might|may|could|can\ only)\ be|es|est|ist|é|è|lautet"
ANNOUNCED = (
    rf"(?:\b(?:{_SAID}|{_ABROAD})\b(?:\ (?:{_RIGHT})\b)?|ответ|الإجابة|答案|回答|答え"
    r"|正解|选项|選項|(?:정답|답)(?:은)?)"
    r"(?:\ \([^()\n]{1,60}\)|\ to\ (?:this|the|your)\ question|\ here|\ choice|\ option"
    r"|\ for\ this\ question)?"
    rf"\s*(?:[:=\uff1a]|\b(?:{_IS})\b|(?:应该|應該|应当|應當|就)?[是为為]|は"
    r"|(?<=\ )[\u2013\u2014-](?=\ ))\s*[:\uff1a]?\s*"
    r"(?:(?:most\ likely|likely|probably|clearly|therefore|thus|indeed|simply|definitely)\s+)?"
    r"(?:(?:la|el|le|il|o|die|der|das|(?<=é\s)a)\s+)?"
)
"""Words that announce an answer, as a verbose pattern to be matched without regard to case."""

_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{|<(?:final_?)?answer>", re.IGNORECASE)
_SPOKEN = re.compile(r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm|it)|bf)\b\s*|</?\w{1,20}>|\\[()\[\]]")
_STRESSED = re.compile(r"(\*\*|__|`|\*|_|\"|(?<!\w)')[(\[]?([A-Za-z0-9])[)\].:]?\1")
_MARKUP = str.maketrans(
    {"[": "(", "]": ")", "\uff08": "(", "\uff09": ")", "\u3010": "(", "\u3011": ")"}
    | {"\u3002": ".", "\u3001": ",", "\uff0c": ",", "\uff01": "!"}
    | {0xFF21 + place: chr(0x41 + place) for place in range(26)}
    | dict.fromkeys('*_`"“”{}$#>「」『』', "")
)
_NEXT_TURN = re.compile(
    r"^[ \t*#]{0,6}(?:question|q|problem|human|user|instruction|example)"
    r"[ \t]{0,3}\d{0,4}[ \t]{0,3}:",
    re.IGNORECASE | re.MULTILINE,
)
_ENDED = re.compile(
    r"<\|(?:im_end|eot_id|eom_id|end_of_text|endoftext|end)\|>|</s>|<end_of_turn>|<turn\|>"
)
_BEGUN = re.compile(
    r"\s*(?:<s>|<\|begin_of_text\|>)?\s*(?:<\|im_start\|>\s*assistant"
    r"|<\|start_header_id\|>assistant<\|end_header_id\|>|<\|assistant\|>|<start_of_turn>model"
    r"|<\|turn>model)\s*"
)
_SAYS = re.compile(ANNOUNCED, re.IGNORECASE | re.VERBOSE)
_DOUBLED = re.compile(r"\(\(([^()]{1,10})\)\)")


def plain(text: str) -> str:
    """The end of an answer without emphasis, quotes, LaTeX and tags.

    A stressed letter is put in brackets, `[…]` become `(…)`, and what is in a box or in
    `<answer>` is announced as an answer.
    """
    text = _BOXED.sub(" answer: ", text[-TAIL:])
    text = _STRESSED.sub(r"(\2)", _SPOKEN.sub("", text))
    return _DOUBLED.sub(r"(\1)", text.translate(_MARKUP).replace("\u2019", "'"))


def first_turn(text: str) -> str:
    """A text up to where its answer ends: without marks of turns, and what follows them.

    A question that it puts to itself ends it too, once it has announced an answer.
    """
    if "<" in text:
        begun = _BEGUN.match(text)
        text = text[begun.end() :] if begun else text
        text = next((part for part in _ENDED.split(text) if part.strip()), text)
    said = _SAYS.search(text) if _NEXT_TURN.search(text) else None
    turn = _NEXT_TURN.search(text, said.end()) if said else None
    return text[: turn.start()] if turn else text


def statement_lines(text: str) -> list[str]:
    """The lines that are not blank, without white space around them."""
    return [line for each in text.split("\n") if (line := each.strip())]
