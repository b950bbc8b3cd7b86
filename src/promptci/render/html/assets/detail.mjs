// One example, opened: what was asked, expected and answered, and how the answers differ.
import { commandsOf } from "./commands.mjs";
import { folded, make } from "./elements.mjs";
import { wordDiff } from "./words.mjs";

const RESULTS = { pass: "✓ passed", fail: "✗ failed", error: "! no answer" };
const TAGS = { same: "span", removed: "del", added: "ins" };
const NEVER = "No answer to it is stored here.";
const GONE = "The answer is no longer in the cache: the record alone says how it came out.";

/** Everything about an example. */
export function detailOf(row, found, index) {
  if (!found) {
    return [make("p", { class: "gone" }, "Its texts are not in this page, which would be too large: see the command below."), commands(row, index)];
  }
  return [
    found.reason && !isOf(found.reason, found) ? make("p", { class: "reason", dir: "auto" }, found.reason) : null,
    found.since ? make("p", { class: "since" }, `${found.since.words} `, make("a", { href: `#commit-${found.since.commit}` }, found.since.commit), ` ${found.since.subject}`) : null,
    found.since?.accepted ? make("p", { class: "since", dir: "auto" }, found.since.accepted) : null,
    make("dl", {}, inputs(found)),
    answers(found),
    sideTexts(found, "steps"),
    sideTexts(found, "thoughts"),
    prompts(found),
    commands(row, index),
  ].flat().filter(Boolean);
}

/** Whether a side that has no answer says the reason in its place. */
function isOf(reason, { base, head }) {
  return [base, head].some((side) => side?.fate === "error" && !side.text && side.why === reason);
}

function inputs(found) {
  const entries = found.vars.map((each) => [each.name, each]);
  if (found.expected) entries.push(["expected", found.expected]);
  return entries.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, block(value))]);
}

/** A text; where the page holds only its beginning, that is said. */
function block(value) {
  const text = make("div", { class: "text", dir: "auto", tabindex: value.text.length > 2000 ? 0 : null }, value.text || "(empty)");
  if (!value.whole) return text;
  const said = `Cut: ${value.text.length.toLocaleString("en")} of ${value.whole.toLocaleString("en")} characters are in this page.`;
  return make("div", {}, text, make("p", { class: "note" }, said));
}

function answers(found) {
  const { base, head } = found;
  const both = base?.text && head?.text;
  if (both && base.text.text === head.text.text) {
    return make("div", {}, make("h4", {}, "Both answers, the same"), block(head.text), facts("base", base), facts("head", head));
  }
  const sides = [["Base", base], ["Head", head]].filter(([, side]) => side);
  return make("div", {}, both ? difference(base, head) : null, make("div", { class: "pair" }, sides.map(([name, side]) => answer(name, side))));
}

function difference(base, head) {
  const pieces = wordDiff(base.text.text, head.text.text).map(([kind, text]) => make(TAGS[kind], {}, text));
  return make("div", {}, make("h4", {}, "From base to head"), make("div", { class: "text diff", dir: "auto" }, pieces));
}

function answer(name, side) {
  const text = side.text ? block(side.text) : make("p", { class: "gone" }, side.fate === "error" ? side.why || NEVER : GONE);
  const tools = side.tools?.text ? [make("h4", {}, "Tool calls"), block(side.tools)] : null;
  return make("div", {}, make("h4", {}, `${name}: ${RESULTS[side.fate] ?? side.fate}`), text, tools, facts("", side));
}

function facts(name, side) {
  const scores = side.scores.map((each) => `${each.passed ? "✓" : "✗"} ${each.scorer} ${each.value.toFixed(2)}${each.why ? `: ${each.why}` : ""}`);
  const figures = [
    side.outcome && side.outcome !== "ok" ? side.outcome : "",
    side.repeats ? `asked again: ${repeated(side.repeats)}` : "",
    side.latency === null ? "" : `${side.latency < 1 ? `${Math.round(1000 * side.latency)} ms` : `${side.latency.toFixed(1)} s`}`,
    side.tokens ? `${side.tokens.toLocaleString("en")} tokens` : "",
    side.cost === null ? "" : dollars(side.cost),
  ];
  const said = [...scores, ...figures].filter(Boolean).join(" · ");
  return said ? make("p", { class: "facts", dir: "auto" }, name ? `${name}: ${said}` : said) : null;
}

/** What an answer cost, in two digits. */
export function dollars(cost) {
  return `$${Number(Number(cost).toPrecision(2))}`;
}

/** How repeats came out: a mark for each, or one where many are alike. */
export function repeated(repeats) {
  const marks = [...repeats].map((letter) => ({ p: "✓", f: "✗" })[letter] ?? "!");
  const isAlike = new Set(marks).size === 1;
  return isAlike && marks.length > 2 ? `${marks[0]} ${marks.length} times` : marks.join(" ");
}

function sideTexts(found, part) {
  const sides = [["Base", found.base], ["Head", found.head]].filter(([, side]) => side?.[part]?.text);
  return sides.map(([name, side]) => folded(`${name}: ${part}`, () => [block(side[part])]));
}

function prompts(found) {
  const { base, head } = found;
  const shown = (side) => side.prompt.map((turn) => `[${turn.role}]\n${turn.text}`).join("\n\n");
  const sides = [["head", head], ["base", base]].filter(([, side]) => side?.prompt.length);
  if (sides.length === 2 && shown(base) !== shown(head)) {
    sides.push(["base to head", null]);
  } else if (sides.length === 2) {
    sides.splice(0, 2, ["same on both sides", head]);
  }
  return sides.map(([name, side]) => folded(`Prompt as sent (${name})`, () => side ? turns(side) : [differingPrompts(shown(base), shown(head))]));
}

function turns(side) {
  return side.prompt.map((turn) => make("div", {}, make("b", {}, turn.role), block(turn)));
}

function differingPrompts(base, head) {
  const pieces = wordDiff(base, head).map(([kind, text]) => make(TAGS[kind], {}, text));
  return make("div", { class: "text diff", dir: "auto" }, pieces);
}

function commands(row, index) {
  return make("p", { class: "commands" }, commandsOf(row, index).map((command) => copyable(command)));
}

/** A button that puts its command on the clipboard, or marks it where that is not allowed. */
function copyable(command) {
  const button = make("button", { title: "Copy", type: "button" }, command);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command);
      button.style.minWidth = `${button.offsetWidth}px`;
      button.textContent = "Copied ✓";
      setTimeout(() => { button.textContent = command; }, 1200);
    } catch {
      getSelection()?.selectAllChildren(button);
    }
  });
  return button;
}
