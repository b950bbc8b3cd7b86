"""Endpoints and models that are known without a configuration."""

from collections.abc import Mapping

from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.tokenprice import FREE

LOCAL = EndpointSpec("local", "local")

WELL_KNOWN: Mapping[str, EndpointSpec] = {
    spec.name: spec
    for spec in (
        LOCAL,
        EndpointSpec("openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        EndpointSpec("anthropic", "openai", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
        EndpointSpec(
            "google",
            "openai",
            "https://generativelanguage.googleapis.com/v1beta/openai",
            "GEMINI_API_KEY",
        ),
        EndpointSpec("mistral", "openai", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
        EndpointSpec("groq", "openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
        EndpointSpec("openrouter", "openai", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        EndpointSpec("ollama", "openai", "http://localhost:11434/v1"),
        EndpointSpec("vllm", "openai", "http://localhost:8000/v1"),
        EndpointSpec("lmstudio", "openai", "http://localhost:1234/v1"),
    )
}

MINILM = ModelSpec("minilm", "all-minilm-l6-v2", EndpointSpec("minilm", "minilm"), FREE)
"""The model of meaning that needs no key: it embeds texts and answers no prompt."""

WORDS = ModelSpec("words", "word-counts", EndpointSpec("words", "words"), FREE)
"""Counts of words in the place of a model of meaning: it needs no extra and no weights."""

EMBEDDED = ModelSpec("smollm2", "smollm2-135m-instruct", LOCAL, FREE)
"""The model that needs no key: weights and runtime come with the `local` extra."""


BUILT_IN: Mapping[str, ModelSpec] = {model.name: model for model in (EMBEDDED, MINILM, WORDS)}
