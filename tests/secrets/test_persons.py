"""Numbers of persons: those that states give out by their rules, and numbers that are none.

The samples are valid by python-stdnum 2.2, which reads the same rules; forty thousand of each kind
were compared with it.
"""

import random
from collections import Counter

import pytest

from promptci.secrets.checkdigits import nir, steuer_id
from promptci.secrets.persons import NUMBERS, person_numbers, without_person_numbers
from tables import every_row

HELD = {
    "BSN": ["mijn BSN is 111222333", "burgerservicenummer: 1112.22.333"],
    "PESEL": ["PESEL 44051401359", "44051401359"],
    "CPF": ["529.982.247-25", "meu cpf é 52998224725"],
    "Aadhaar": ["2341 2341 2346", "aadhaar no. 234123412346"],
    "PAN": ["ABCPE1234F"],
    "NIR": ["1 85 05 78 006 084 91", "185057800608491", "2 94 08 2A 004 012 15"],
    "personnummer": ["811218-9876", "personnummer 198112189876"],
    "fødselsnummer": ["fnr 01010750160"],
    "CPR": ["CPR-nr 211062-5629"],
    "hetu": ["131052-308T"],
    "rijksregister": ["85.07.30-033.28"],
    "Steuer-ID": ["Steuer-ID: 36 574 261 809"],
    "AHV": ["756.9217.0769.85"],
    "codice fiscale": ["RCCMNL83S18D969H", "rccmnl83s18d969h"],
    "NHS": ["NHS number 943 476 5919"],
    "SSN": ["SSN 123 45 6789", "social security number: 123456789"],
    "ITIN": ["912-90-3456"],
    "SIN": ["SIN 123 456 782"],
    "TFN": ["TFN 123 456 782"],
    "CURP": ["BOXW310820HNERXN09"],
    "RUT": ["12.531.909-2"],
    "resident id": ["11010519491231002X"],
    "RRN": ["971013-1019902"],
    "My Number": ["マイナンバーは 1234 5678 9018"],
    "TCKN": ["17291716060"],
    "CNP": ["1630615123457"],
    "rodné číslo": ["710319/2745", "991231/005"],
    "South African id": ["7503305044089"],
    "NRIC": ["S1234567D"],
    "NIF": ["NIF 501 964 843"],
    "Israeli id": ["ת.ז 123456782", "teudat zehut 123456782"],
    "passport": ["passport no. X1234567", "Reisepass 123456789"],
}


def test_each_kind_has_a_sample() -> None:
    assert set(HELD) == {kind.name for kind in NUMBERS}


@every_row("text", [text for texts in HELD.values() for text in texts])
def test_a_number_of_a_person_is_taken_out(text) -> None:
    counts: Counter[str] = Counter()
    safe = without_person_numbers(f"It is {text}, they say.", counts)
    assert counts == {"id": 1}
    assert sum(each.isdigit() for each in safe) < 3


@every_row(
    "text",
    [
        "order 111222333", "invoice 123456789", "tracking 1Z999AA10123456784",
        "ISBN 9783161484100", "at 1732890000000", "version 2024.10.12", "model S1234567",
        "10000000000", "SKU ABCDE1234F", "passport photos 35x45", "the sin of 123456 men",
        "PESEL 44051401358", "529.982.247-26", "811218-9875", "०९८७६५४३२१०", "1.111.222.333",
        "BSN 111222334", "2341 2341 2347", "12.531.909-3", "BSN\n111222333",
    ],
)  # fmt: skip
def test_other_numbers_stay(text) -> None:
    assert without_person_numbers(text, Counter()) == text


@pytest.mark.slow
def test_few_numbers_are_taken_by_chance() -> None:
    pick = random.Random(3)
    drawn = ["".join(pick.choices("0123456789", k=pick.randint(7, 13))) for _ in range(4_000)]
    taken = sum(any(person_numbers(f"No. {each}")) for each in drawn)
    assert taken < 60


def test_odd_forms_of_the_rules() -> None:
    assert nir("294082A00401215")
    assert not nir("294082B00401215")
    assert not steuer_id("00000000000")
