"""Models of other tools are named with the endpoint that has them here."""

from promptci.importers.modelnames import model_name
from tables import every_row


@every_row(
    ("name", "provider", "found"),
    [
        ("gpt-4o", "", "openai/gpt-4o"),
        ("o3-mini", "", "openai/o3-mini"),
        ("ft:gpt-4o:acme", "", "openai/ft:gpt-4o:acme"),
        ("claude-sonnet-4", "", "anthropic/claude-sonnet-4"),
        ("open-mixtral-8x7b", "", "mistral/open-mixtral-8x7b"),
        ("opus", "", None),
        ("vertexai/gemini-2.5", "", "google/gemini-2.5"),
        ("OpenAI/gpt-4o", "anything", "openai/gpt-4o"),
        ("meta/llama", "", None),
        ("gemini-2.5", "VertexAI", "google/gemini-2.5"),
        ("meta/llama", "openrouter", "openrouter/meta/llama"),
        ("gpt-4o", "nobody", None),
    ],
)
def test_the_provider_or_else_the_name_tells(name, provider, found):
    assert model_name(name, provider) == found
