"""The words that say yes or no, in a dozen languages."""

import re

YES = "yes|yeah|yep|yup|yes sir|affirmative|ja|jawohl|sí|sì|si|oui|sim|да|hai|tak|evet|kyllä"
YES += "|نعم|हाँ|हां"
NO = "no|nope|nah|no sir|negative|nein|nee|non|não|нет|nie|nej|nem|tidak|không|hay\u0131r|لا|नहीं"
HARD = dict.fromkeys(YES.split("|"), True) | dict.fromkeys(NO.split("|"), False)
"""Words that say it at the beginning of a sentence."""

_SI = "肯定的|肯定|是的|是|对|對|对的|對的|正确|正確|没错|沒錯|可以|はい|正しい|네|예|맞습니다"
_SI += "|もちろんです|もちろん|当然可以|當然可以|当然是|當然是|没有问题|沒有問題|没问题|沒問題"
_SI += "|正确的|正確的|正しいです|本当です|その通りです|その通り|間違いありません"
_BU = "否定的|否定|不是|否|不|不对|不對|不正确|不正確|错误|錯誤|错"
_BU += "|没有|沒有|不可以|不能|いいえ|아니요|아니오|错误的|錯誤的|错的|錯的|不正确的|不正確的"
_BU += "|正しくないです|正しくありません|正しくない|間違いです|間違っています|誤りです"
ASIAN = dict.fromkeys(_SI.split("|"), True) | dict.fromkeys(_BU.split("|"), False)
"""The same where words are not parted by spaces."""

AGREED = (
    "precisely|right|100%|you bet|that checks out|it checks out"
    "|that's exactly it|that is exactly it|sure|most definitely|most certainly|most assuredly"
    "|quite right|quite so|very much so|obviously|clearly|spot on|agreed|yes indeed|that it is"
    "|sure is|sure does|sure do|sure can|i do think so|i do believe so|totally agree|fully agree"
    "|completely agree|i don't see why not|i see no reason why not|evidently|surely"
    "|sure thing|of course|certainly"
    "|absolutely|definitely|indeed|exactly|naturally|totally"
    "|it would seem so|it seems so|it appears so"
    "|i think so|i believe so|i guess so|i would say so|i'd say so|afraid so"
    "|i'm afraid so|i am afraid so|i suppose so|i would think so|i'd think so"
    "|it is|it does|they do|they are|i can confirm that|i can confirm this|i agree"
    "|it is possible|it's possible|that is possible|that's possible|by all means"
    "|without question|without a doubt|beyond doubt|no doubt|undoubtedly|no question"
    "|natürlich|klar|na klar|sicher|aber sicher|genau|doch|auf jeden fall|selbstverständlich"
    "|das stimmt|das ist richtig"
    "|das ist korrekt|claro|claro que sí|por supuesto|por supuesto que sí"
    "|desde luego que sí|desde luego|es cierto|eso es cierto"
    "|eso es verdad|eso es correcto|es verdad|es correcto"
    "|bien sûr|tout à fait|bien sûr que oui|d'accord|absolument|c'est vrai|c'est exact"
    "|c'est correct|certo|certamente|è vero|è corretto|esatto|com certeza|claro que sim|é verdade"
    "|creo que sí|je crois que oui|je pense que oui|ich glaube schon|ich denke schon|credo di sì"
    "|acho que sim|isso mesmo|без сомнения|конечно|верно"
)
DENIED = (
    "i would not say yes to that|i would not say yes|i wouldn't say yes"
    "|i doubt it|i doubt that|i highly doubt it|i highly doubt that|i disagree"
    "|not at this time|not at the moment|not currently|not right now|not today|not anymore"
    "|not by a long shot|not by any means|not in the slightest|not a chance|no chance"
    "|not even close"
    "|nothing of the sort|out of the question|that's out of the question|not as such|no such luck"
    "|far from it|hardly ever|not in this case|not any more|not anymore"
    "|there is no evidence that it does|there is no evidence that it is"
    "|there is no evidence that they do|there is no evidence that they are"
    "|not really|it appears not|it seems not|it would seem not"
    "|not necessarily|not yet|not always|not entirely|not in general|not usually"
    "|not that i know of|not that i'm aware of|they are not|they aren't|they don't|they do not"
    "|not at all|not exactly|not quite|not so|not true|not correct|absolutely not"
    "|of course not|definitely not|certainly not|clearly not|surely not|no way|never|hardly"
    "|i don't think so|i do not think so|i don't believe so|i do not believe so|i'm afraid not"
    "|i am afraid not|probably not"
    "|almost certainly not|very likely not|quite likely not|most likely not"
    "|likely not|presumably not|apparently not"
    "|i wouldn't say so|i would not say so|i wouldn't say that"
    "|i guess not|i suppose not|i think not|sadly not|regrettably not|unfortunately not"
    "|fortunately not|thankfully not|luckily not|by no means|under no circumstances"
    "|it is not possible|it's not possible|that is not possible|that's not possible|not possible"
    "|it is impossible|it's impossible"
    "|in no way|not in the least|not in any way|it is not|it isn't|it does not|it doesn't"
    "|nicht wirklich|natürlich nicht|auf keinen fall|überhaupt nicht|keineswegs|leider nicht"
    "|das stimmt nicht|das stimmt leider nicht|das stimmt so nicht"
    "|das ist falsch|das ist nicht richtig|das ist nicht korrekt"
    "|pas vraiment|pas du tout|bien sûr que non|absolument pas|ce n'est pas vrai|c'est faux"
    "|en absoluto|claro que no|por supuesto que no|de ninguna manera|no es cierto|no es verdad"
    "|es falso|eso es falso|eso no es cierto|eso no es verdad|não mesmo|claro que não"
    "|de jeito nenhum|não é verdade|per niente|certo che no"
    "|no lo creo|creo que no|no exactamente|je ne crois pas|je ne pense pas|je pense que non"
    "|ich glaube nicht|ich denke nicht|non credo|acho que não|não acho"
    "|assolutamente no|non è vero|è falso|конечно нет|неверно"
)
ADVERB = r"(?!part|poss|hard|bare|suppos|alleg|near|ap)[a-z]+ly"
"""How much or how surely something is so."""

ADVERB_NOT = (
    r"(?:most\s+)?(?!possib|necess)[a-z]+ly\s+not|not\s+according\s+to\s+\w+(?:\s\w+)?"
    r"|not\s+(?:that|as\s+far\s+as)\s+i\s+(?:can\s+)?\w+"
)
"""Words that deny: `obviously not`, `not that I can see`."""

PHRASES = dict.fromkeys(AGREED.split("|"), True) | dict.fromkeys(DENIED.split("|"), False)
"""Phrases that agree or deny."""

_TRUE = (
    "likely|highly likely|very likely|most likely|it is likely|it is very likely"
    "|it is highly likely"
    "|true|y|aye|correct|right|that's right|that is right|you're right|you are right|ok|okay|uh-huh"
    "|wahr|richtig|korrekt|vrai|exact|verdadero|cierto|correcto|verdadeiro|correto|vero|corretto"
    "|jo|joo|iya|ya|ya, benar|igen|ano|\u03bd\u03b1\u03b9|כן"
)
_FALSE = (
    "unlikely|highly unlikely|very unlikely|that is unlikely|that's unlikely|it's unlikely"
    "|it is unlikely|it is highly unlikely|it is very unlikely|not likely|doubtful"
    "|false|n|incorrect|wrong|untrue|uh-uh|falsch|unwahr|nicht richtig|nicht korrekt|faux|falso"
    "|incorrecto|incorreto|sbagliato|nei|ei|ne|nu|bukan|\u03cc\u03c7\u03b9|לא"
)
ALONE = {
    **HARD,
    **ASIAN,
    **PHRASES,
    **dict.fromkeys(_TRUE.split("|"), True),
    **dict.fromkeys(_FALSE.split("|"), False),
}
"""What says yes or no when nothing else is there."""

_VERBS = "is|are|was|were|am|do|does|did|will|would|has|have|had|must|should"
SHORT = re.compile(
    r"(?:it|they|he|she|we|you|i|that|this|there|one)\s+"
    r"(?:(?:sure|indeed|(?:most\s+)?(?!hard|bare|rare|scarce|poss)\w+ly)\s+)?"
    rf"(?:(?P<negated>(?:{_VERBS})(?:\s+not|n't)|can't|cannot|can not|won't)|{_VERBS}|can)",
    re.IGNORECASE,
)
"""An answer of a pronoun and a verb: `He can.`, `You can't.`"""

MARKS = dict.fromkeys("✅✔✓☑👍", True) | dict.fromkeys("❌✗✘✖👎", False)
"""Signs that mean either."""

OF_NOUN = re.compile(
    r"(?<!\bor\s)(?<!\band\s)(?<!/)no\s(?!(?:but|and|or|because|since|as|if|it|they|the|this|that"
    r"|to|for|from|in|on)\b)\w",
    re.IGNORECASE,
)
"""A `no` that belongs to what follows: `no errors`."""

FIRST = re.compile(r"(?P<said>[^.!?,;:]{4,30})(?:[.!]\s|,\s(?:but|though)\b)")
"""A short first sentence."""
