"""Texts that try to become more than text, for the tests of every medium."""

from hypothesis import strategies as st

HOSTILE = (
    "@octocat",
    "hi @org/team!",
    "#123 GH-12 owner/repo#4 PROJ-77",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "[text](https://evil.invalid) ![x](https://evil.invalid/p.png)",
    "https://evil.invalid www.evil.invalid mail@evil.invalid",
    "<img src=https://evil.invalid onerror=alert(1)> <!-- x --> </details> &lt;",
    "| a | b |\n|---|---|\n\\| \\\\|",
    "```\n````\n~~~\n# Title\n- item\n> quote\n---\n===",
    "`a` ``b`` `",
    "1. one",
    "2) two",
    "- - x",
    "<details><summary>x",
    "$`x`$ $$y$$ :smile: *b* _i_ ~~s~~ **b**",
    "[x]: https://evil.invalid\n[x]",
    "::error::x\n ::set-env name=a::b ##[error]x ::::",
    "\x1b[31mred\x1b]0;t\x07\x9b2J",
    "\u202ehidden\u2066 \u200b \ud800 \ufffe \uffff \x00",
    "]]> <![CDATA[ &amp; &#0; <?xml?>",
    "a\r\nb\rc",
    "\u2028\u2029\x85",
    "",
    " ",
    "-x --force $(reboot)",
)

TEXTS = (
    st.sampled_from(HOSTILE)
    | st.text()
    | st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=4).map("".join)
    | st.text("`|@#[]()!<>&\\*_~$:-=+.w1 \n\t/'\"", max_size=40)
)
