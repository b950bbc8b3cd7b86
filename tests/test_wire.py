import pytest
from yarl import URL

from promptci.models.hosted.wire import proxy_for

ENVIRON = {"https_proxy": "http://proxy:3128", "NO_PROXY": "example.org, .corp.example"}


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("https://api.openai.com/v1", ENVIRON, "http://proxy:3128"),
        ("http://api.openai.com/v1", ENVIRON, None),
        ("https://example.org/v1", ENVIRON, None),
        ("https://llm.example.org/v1", ENVIRON, None),
        ("https://notexample.org/v1", ENVIRON, "http://proxy:3128"),
        ("https://llm.corp.example/v1", ENVIRON, None),
        ("https://localhost:8000/v1", ENVIRON, None),
        ("https://127.0.0.9/v1", ENVIRON, None),
        ("https://[::1]/v1", ENVIRON, None),
        ("https://api.openai.com/v1", {"ALL_PROXY": "http://all:1"}, "http://all:1"),
        ("https://api.openai.com/v1", {**ENVIRON, "no_proxy": "*"}, None),
        ("https://api.openai.com/v1", {"HTTPS_PROXY": " "}, None),
        ("https://api.openai.com/v1", {}, None),
    ],
)
def test_which_proxy_leads_to_an_address(
    url: str, environ: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(URL(url), environ) == proxy
