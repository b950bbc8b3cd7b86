"""What promptfoo sends unasked is told, and only where it does."""

from tables import every_row

LIMIT = "`max_tokens: 1024`"
TEST = "prompts: ['{{ q }}']\ntests: [{vars: {q: x}}]\n"


@every_row(
    ("providers", "told"),
    [
        ("openai:gpt-4o", f"{LIMIT} to `openai:gpt-4o`"),
        ("[openai:chat:m, {id: 'anthropic:messages:claude-sonnet-4-5'}]",
         f"{LIMIT} to `openai:chat:m`, `anthropic:messages:claude-sonnet-4-5`"),
        ("[{id: groq:m, config: {temperature: 1}}]", "`max_tokens: 1024` to `groq:m`"),
        ("[{id: groq:m, config: {max_completion_tokens: 9}}]", ""),
        ("[{id: groq:m, config: {top_p: 1, max_tokens: 9}}]", "`temperature: 0` to `groq:m`"),
        ("[{id: groq:m, config: {top_p: 1}}]", f"`temperature: 0` and {LIMIT} to `groq:m`"),
        ("[{id: groq:m, config: {temperature: 0, max_tokens: 9}}]", ""),
        ("[{id: openai:gpt-4o, config: {omitDefaults: true}}]", ""),
        ("anthropic:claude-agent-sdk", ""),
        ("[openai:gpt-5-mini, openai:o4-mini, openai:chat:gpt-6-luna, ollama:chat:m]", ""),
        ("file://p.yaml", f"{LIMIT} to `openai:gpt-4.1`"),
    ],
)  # fmt: skip
def test_what_promptfoo_sends_unasked_is_told(read, providers, told) -> None:
    files = {
        "promptfooconfig.yaml": f"{TEST}providers: {providers}\n",
        "p.yaml": "id: openai:gpt-4.1",
    }
    found = read("promptfoo", files, "promptfooconfig.yaml")
    said = [str(note) for note in found.notes if "unasked" in str(note)]
    assert len(said) == bool(told)
    assert not told or f"promptfoo sends {told} unasked, here the model's own hold" in said[0]
    assert not told or found.losses == []
