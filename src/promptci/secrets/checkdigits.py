"""Check digits of the numbers that states give to persons, by the rules that each publishes."""

from collections.abc import Callable, Sequence
from datetime import date

DigitCheck = Callable[[str], bool]
"""Takes the letters and digits of a number, without blanks and signs, in capitals."""

_VERHOEFF = tuple(
    tuple(row)
    for row in (
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
        (2, 3, 4, 0, 1, 7, 8, 9, 5, 6), (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
        (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
        (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
        (8, 7, 6, 5, 9, 3, 2, 1, 0, 4), (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
    )
)  # fmt: skip
"""Verhoeff (1969): the products of the dihedral group of ten."""
_TURNED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _sum(text: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(text, weights, strict=False))


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    digits = [int(each) for each in reversed(text)]
    doubled = [2 * each - 9 * (each > 4) for each in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def verhoeff(text: str) -> bool:
    """Aadhaar: the sum in the group is neutral."""
    found = 0
    for place, digit in enumerate(reversed(text)):
        value = int(digit)
        for _ in range(place % 8):
            value = _TURNED[value]
        found = _VERHOEFF[found][value]
    return found == 0


def weighted(weights: Sequence[int], divisor: int, *, last: int = 0) -> DigitCheck:
    """The weighted sum of all digits leaves nothing; `last` is the weight of the check digit."""

    def check(text: str) -> bool:
        total = _sum(text, (*weights, last)) if last else _sum(text, weights)
        return total % divisor == 0 and len(set(text)) > 1

    return check


def born(text: str, order: str = "YMD", start: int = 0) -> bool:
    """Whether six digits are a day of some century, in this order."""
    parts = {key: int(text[start + 2 * n : start + 2 * n + 2]) for n, key in enumerate(order)}
    for century in (1900, 2000):
        try:
            date(century + parts["Y"], parts["M"], parts["D"])
        except ValueError:
            continue
        return True
    return False


def born_behind_four(text: str) -> bool:
    """Whether a birthday follows four letters, as in Mexico's CURP."""
    return born(text, start=4)


def rodne_cislo(text: str) -> bool:
    """Czechia and Slovakia: a birthday whose month tells the sex, divisible by 11 since 1954."""
    month = int(text[2:4])
    plain = f"{text[:2]}{month - 50 * (month > 50):02}{text[4:6]}"
    return born(plain) and (len(text) == 9 or int(text) % 11 == 0 or int(text[:9]) % 11 == 10)


def bsn(text: str) -> bool:
    """Netherlands: weights 9 to 2, the last digit minus once, divisible by 11."""
    return weighted((9, 8, 7, 6, 5, 4, 3, 2), 11, last=-1)(text)


def pesel(text: str) -> bool:
    """Poland: months tell the century; weights 1, 3, 7, 9."""
    month = int(text[2:4]) % 20
    day = f"{text[:2]}{month:02}{text[4:6]}"
    return weighted((1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10)(text) and born(day)


def cpf(text: str) -> bool:
    """Brazil: two check digits, weights falling to 2, modulo 11."""
    for size in (9, 10):
        rest = _sum(text, range(size + 1, 1, -1)) * 10 % 11 % 10
        if rest != int(text[size]):
            return False
    return len(set(text)) > 1


def nir(text: str) -> bool:
    """France: the key is 97 less the rest; Corsica counts as 19 and 18."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])


def personnummer(text: str) -> bool:
    """Sweden: a birthday and Luhn; from 61 on days are those of coordination numbers."""
    day = int(text[4:6])
    plain = f"{text[:4]}{day - 60 * (day > 60):02}"
    return luhn(text) and born(plain)


def fodselsnummer(text: str) -> bool:
    """Norway: two check digits; D-numbers add 40 to the day."""
    day = int(text[:2])
    plain = f"{day - 40 * (day > 40):02}{text[2:6]}"
    first = _sum(text, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = _sum(text, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return (first, second) == (0, 0) and born(plain, "DMY")


def hetu(text: str) -> bool:
    """Finland: the letter is that of birthday and number modulo 31."""
    signs = "0123456789ABCDEFHJKLMNPRSTUVWXY"
    return born(text, "DMY") and signs[int(text[:6] + text[-4:-1]) % 31] == text[-1]


def belgian(text: str) -> bool:
    """Belgium: 97 less the rest of nine digits, with a 2 before them for births from 2000 on."""
    key = int(text[9:])
    return born(text) and key in (97 - int(text[:9]) % 97, 97 - int(f"2{text[:9]}") % 97)


def steuer_id(text: str) -> bool:
    """Germany: ISO 7064, mod 11,10; one digit is there two or three times."""
    product = 10
    for digit in text[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    *others, most = sorted(text[:10].count(digit) for digit in set(text[:10]))
    is_spread = most in (2, 3) and set(others) <= {1} and text[0] != "0"
    return (11 - product) % 10 == int(text[10]) and is_spread


_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)


def codice_fiscale(text: str) -> bool:
    """Italy: letters and digits count by their place, odd ones by a table."""
    total = 0
    for place, sign in enumerate(text[:15]):
        value = int(sign) if sign.isdigit() else ord(sign) - 65
        total += value if place % 2 else _ODD[value]
    return chr(65 + total % 26) == text[15]


def resident_id(text: str) -> bool:
    """China (GB 11643): a birthday, and a check sign modulo 11."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return born(text, start=8) and "10X98765432"[_sum(text, weights) % 11] == text[17]


def cnp(text: str) -> bool:
    """Romania: a birthday behind the sex, weights modulo 11."""
    rest = _sum(text, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return born(text, start=1) and int(text[12]) == (1 if rest == 10 else rest)


def south_african(text: str) -> bool:
    """South Africa: a birthday and Luhn."""
    return born(text) and luhn(text)


def turkish(text: str) -> bool:
    """Turkey: two check digits."""
    odd, even = (sum(map(int, text[start:9:2])) for start in (0, 1))
    tenth = (odd * 7 - even) % 10
    return (tenth, sum(map(int, text[:10])) % 10) == (int(text[9]), int(text[10]))


def nric(text: str) -> bool:
    """Singapore: seven digits and a letter, from tables by the first letter."""
    total = _sum(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    table = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK",
             "M": "XWUTRQPNJLK"}[text[0]]  # fmt: skip
    return table[total % 11 if text[0] != "M" else 10 - total % 11] == text[8]


def nif(text: str) -> bool:
    """Portugal: 11 less the weighted sum, 0 where that has two digits."""
    due = 11 - _sum(text, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(text[8]) == (0 if due > 9 else due)


def rut(text: str) -> bool:
    """Chile: weights 2 to 7 from behind, modulo 11; ten is K."""
    total = sum(int(d) * (2 + n % 6) for n, d in enumerate(reversed(text[:-1])))
    return "0123456789K"[-total % 11] == text[-1]
