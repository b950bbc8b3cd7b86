"""How large a page gets: every text once per chunk, compressed."""

import random

import pytest

from promptci.render.html.page import html_page
from render import values
from render.html.pages import page_of

MB = 1_000_000
EXAMPLES = 10_000


@pytest.mark.long
def test_ten_thousand_examples_are_under_fifteen_megabytes(record_property):
    draw = random.Random(1)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(2, 9))) for _ in range(5_000)]
    content = values.files(EXAMPLES)
    system = " ".join(draw.choices(words, k=2_000))
    prompt = values.PROMPT.replace("You route support tickets.", f'"{system}"')
    content["prompts/router.yaml"] = prompt
    later = content | {"prompts/router.yaml": prompt.replace(system, f"{system} at once")}
    pair = values.pair(later, content)
    base = {each.id: " ".join(draw.choices(words, k=80)) for each in pair.head.examples()}
    head = {id_: " ".join(draw.choices(words, k=80)) for id_ in base}
    size = sum(len(part.encode()) for part in html_page(page_of(base, head, of=pair)))
    record_property("MB of a page with 10,000 examples", round(size / MB, 1))
    assert size < 15 * MB
