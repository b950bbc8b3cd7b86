"""The configuration: what it says, what is known without it, and what it must not say."""

from decimal import Decimal
from textwrap import dedent

import pytest

from promptci.errors import RequestError
from promptci.parsing.yamlfile import load_yaml
from promptci.specs.config import Config
from promptci.specs.configfile import parse_config
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.tokenprice import Price
from promptci.specs.wellknown import EMBEDDED, LOCAL, WELL_KNOWN
from tables import every_row

PATH = "promptci.yaml"


def parse(text):
    faults = []
    config = parse_config(load_yaml(dedent(text).encode(), PATH), faults)
    return config, [str(fault).removeprefix(f"{PATH}:") for fault in faults]


def good(text):
    config, faults = parse(text)
    assert faults == []
    return config


def bad(text):
    return parse(text)[1]


def test_a_whole_configuration():
    config = good(
        """\
        endpoints:
          lab:
            base_url: http://gpu.lab.test:8000/v1/
            key_env: LAB_KEY
            headers: {X-Team: bots}
            timeout: 30
          azure:
            kind: azure
            base_url: https://me.openai.azure.com
            api_version: 2024-10-21
        models:
          fast: {endpoint: lab, model: llama-3.2-1b}
          gpt-4.1: {endpoint: azure}
          tiny: {endpoint: local}
        prices:
          llama-3.2-1b: {input: 0.1, output: 0.25}
          openai/gpt-4.1-mini: {input: 1, output: 2}
        defaults: {model: fast, concurrency: 5, max_cost: 0.1, max_requests: 100}
        """
    )
    lab = EndpointSpec(
        "lab", "openai", "http://gpu.lab.test:8000/v1", "LAB_KEY", {"X-Team": "bots"}, None, 30.0
    )
    price = Price(Decimal("0.1"), Decimal("0.25"))
    assert config.model("fast") == ModelSpec("fast", "llama-3.2-1b", lab, price)
    assert config.model("lab/qwen") == ModelSpec("lab/qwen", "qwen", lab, None)
    assert config.model("lab/llama-3.2-1b").price == price
    assert config.model("gpt-4.1").model_id == "gpt-4.1"
    assert config.model("gpt-4.1").endpoint.kind == "azure"
    assert config.model("gpt-4.1").endpoint.api_version == "2024-10-21"
    assert config.model("openai/gpt-4.1-mini").price == Price(Decimal(1), Decimal(2))
    assert config.model("tiny") == ModelSpec("tiny", EMBEDDED.model_id, LOCAL, EMBEDDED.price)
    assert (config.default_model, config.concurrency, config.max_requests) == ("fast", 5, 100)
    assert config.max_cost == Decimal("0.1")


@every_row("name", ["store", "ftp://x/y", "s3://b/p?version=1", "../store", ""])
def test_what_is_no_shared_store_is_told(name):
    faults = []
    parse_config(load_yaml(f"cache: {{shared: '{name}'}}\n".encode(), "promptci.yaml"), faults)
    [fault] = faults
    assert (fault.line, fault.column) == (1, 17)
    assert "is no store that can be shared: write a folder's full path" in fault.message


@every_row("text", ["{}", "models: {}\nendpoints: {}\nprices: {}\ndefaults: {}\n"])
def test_an_empty_configuration_is_as_good_as_none(text):
    assert good(text) == Config()


@every_row(
    ("name", "url", "key"),
    [
        ("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
        (
            "google",
            "https://generativelanguage.googleapis.com/v1beta/openai",
            "GEMINI_API_KEY",
        ),
        ("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
        ("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
        ("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        ("ollama", "http://localhost:11434/v1", None),
        ("vllm", "http://localhost:8000/v1", None),
        ("lmstudio", "http://localhost:1234/v1", None),
    ],
)
def test_well_known_endpoints_need_no_file(name, url, key):
    model = Config().model(f"{name}/some-model")
    assert model.endpoint == EndpointSpec(name, "openai", url, key)
    assert model.identity == f"{url} some-model"
    assert name in WELL_KNOWN


def test_models_are_found_without_a_file():
    assert Config().model("smollm2") == EMBEDDED
    model = Config().model("openai/gpt-4.1-mini")
    assert (model.name, model.model_id, model.price) == (
        "openai/gpt-4.1-mini",
        "gpt-4.1-mini",
        None,
    )
    assert Config().model("openrouter/meta/llama:free").model_id == "meta/llama:free"


@every_row(
    ("name", "said"),
    [
        ("smolm2", "there is no model `smolm2`: did you mean `smollm2`?"),
        ("gpt-4.1", "or write `endpoint/model-id`, such as `openai/gpt-6-luna`"),
        ("opnai/gpt-4.1", "names no known endpoint: did you mean `openai`?"),
        ("openai/", "names an endpoint and no model: write one behind it, `openai/model-id`"),
        ("opnai/", "names no known endpoint: did you mean `openai`?"),
        ("/x", "names no known endpoint: known are `anthropic`, `google`"),
        ("local/smollm2", "the embedded model is called `smollm2`"),
        ("", "there is no model ``"),
        ("a\x1b[2J\nb", "there is no model `a\\u001b[2J\\nb`"),
    ],
)
def test_an_unknown_model_is_refused_with_advice(name, said):
    with pytest.raises(RequestError) as caught:
        Config().model(name)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "?;" not in str(caught.value)


def test_the_default_endpoint_serves_ids_that_name_no_endpoint():
    config = Config(default_endpoint="openrouter")
    model = config.model("meta/llama-4")
    assert (model.endpoint.name, model.model_id) == ("openrouter", "meta/llama-4")
    assert config.model("groq/llama-4").endpoint.name == "groq"
    assert config.catalogued("openai/gpt-5") == "openrouter/openai/gpt-5"
    for name in ("smolm2", "local/x", "/x", "meta/"):
        with pytest.raises(RequestError):
            config.model(name)


def test_a_known_endpoint_can_be_replaced():
    config = good("endpoints: {openai: {base_url: 'https://proxy.test/v1', key_env: PROXY_KEY}}\n")
    model = config.model("openai/gpt-4.1")
    assert (model.endpoint.base_url, model.endpoint.key_env) == (
        "https://proxy.test/v1",
        "PROXY_KEY",
    )


@every_row(
    ("text", "faults"),
    [
        (
            "- a",
            [
                "1:1: this must be a mapping, here is a list: write `name: value` pairs, such as "
                "`models: …`"
            ],
        ),
        (
            "endpoints: {f: {url: 'http://f/v1', api_key: sk-1}}",
            [
                "1:17: unknown key `endpoints.f.url`: write the address as `base_url`",
                "1:37: unknown key `endpoints.f.api_key`: write the name of the variable that holds"
                " the key as `key_env`; a key is in no file",
            ],
        ),
        (
            "models:\n  a: {endpoint: local, price: {input: 1, output: 2}}\n",
            [
                "2:24: unknown key `models.a.price`: write it below `prices:` at the top of the"
                " file, under the model's name",
            ],
        ),
        (
            "modles: {}\nmodels: {a: {}}\n",
            [
                "1:1: unknown key `modles`: did you mean `models`?",
                "2:13: `models.a.endpoint` is missing: add it",
            ],
        ),
        (
            "models:\n  a: {endpoint: opnai}\n  b: {endpoint: local, model: llama-70b}\n",
            [
                "2:17: there is no endpoint `opnai`: did you mean `openai`?",
                "3:31: the embedded model is another: delete this, or write"
                " `smollm2-135m-instruct`",
            ],
        ),
        (
            "endpoints:\n  local: {base_url: 'http://x'}\n"
            "  a: {base_url: 'http://x', kind: azure}\n",
            [
                "2:10: `local` is the embedded model: give this endpoint another name",
                "3:6: an `azure` endpoint needs `api_version`: add it",
            ],
        ),
        (
            "endpoints:\n  a: {base_url: api.test}\n  b: {base_url: 'http://x', key_env: A-B}\n",
            [
                "2:17: `endpoints.a.base_url` must match `^https?://`, here is"
                ' the text "api.test": change it',
                "3:38: `endpoints.b.key_env` is the name of the variable that holds the key, such "
                "as LAB_KEY, without `$`; a key is in no file",
            ],
        ),
        (
            "prices: {a: {input: -1, output: x}}\n",
            [
                "1:21: `prices.a.input` must be at least 0, here is the number -1: change it",
                '1:33: `prices.a.output` must be a number, here is the text "x": replace it',
            ],
        ),
        (
            "defaults: {model: smolm2, concurrency: 0, max_cost: -1, max_requests: -1}\n",
            [
                "1:40: `defaults.concurrency` must be at least 1, here is the number 0: change it",
                "1:53: `defaults.max_cost` must be at least 0, here is the number -1: change it",
                "1:71: `defaults.max_requests` must be at least 0, here is the number -1:"
                " change it",
            ],
        ),
    ],
)
def test_every_fault_is_said_at_its_place(text, faults):
    assert sorted(bad(text)) == faults


def test_the_default_model_must_exist():
    (fault,) = bad("defaults:\n  model: smolm2\n")
    assert fault.startswith("2:10: there is no model `smolm2`: did you mean `smollm2`?")
    assert good("models: {a: {endpoint: ollama}}\ndefaults: {model: a}\n").default_model == "a"


@every_row(
    "url",
    [
        "https://user:secret@api.test/v1",
        "https://key@api.test/v1",
        "https://api.test/v1?key=secret",
        "https://api.test/v1#secret",
    ],
)
def test_an_address_holds_no_secrets_since_it_is_committed_with_the_scores(url):
    (fault,) = bad(f"endpoints:\n  a:\n    base_url: {url}\n")
    assert fault.startswith("3:15: `base_url` holds a user, password or query")
    assert "secret" not in fault


@every_row(
    "url", ["http://", "https:///v1", "http://a b/", "http://x:99999/", "http://x:y", "http://[1/"]
)
def test_an_address_must_be_one(url):
    (fault,) = bad(f"endpoints:\n  a:\n    base_url: '{url}'\n")
    assert fault.startswith("3:15: `base_url` is no address: write it like `https://")


@every_row(
    "text",
    [
        "models: {mine: {endpoint: mine}, typo: 1}\nendpoints: {mine: {base_url: 'http://x'}}\n",
        "models: {mine: {endpoint: nowhere}}\nendpoints: {mine: {base_url: 'http://'}}\n",
        "models: {mine: {}}\nendpoints: {mine: {}}\ndefaults: {model: mine}\n",
    ],
)
def test_a_fault_here_does_not_make_names_unknown_elsewhere(text):
    config, faults = parse(text)
    assert faults
    assert config.model("mine")
    assert config.model("mine/some-model")
    assert config.model("smollm2") == EMBEDDED


def test_money_is_exact():
    config = good("prices: {m: {input: 0.1, output: 1e-7}}\ndefaults: {max_cost: 0.3}\n")
    assert config.prices["m"] == Price(Decimal("0.1"), Decimal("1e-7"))
    assert config.max_cost == 3 * config.prices["m"].input


def test_the_judge_is_the_one_named_else_the_default_one():
    read = good("models: {a: {endpoint: openai}, b: {endpoint: openai}}\ndefaults: {judge: a}\n")
    assert read.judge("b").name == "b"
    assert read.judge("").name == "a"
    with pytest.raises(RequestError, match="no model is named as the judge: write `model: NAME`"):
        Config().judge("")
