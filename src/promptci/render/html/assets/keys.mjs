// The keyboard.
import { make } from "./elements.mjs";

const HELP = [["j", "next example"], ["k", "previous example"], ["n", "next lost example"], ["Enter", "open or close"], ["/", "search"], ["?", "this help"], ["Esc", "leave"]];

/** What a key does, by its name; nothing while somebody writes. */
export function keyAction(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return "";
  if (event.key === "Escape") return "leave";
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target?.tagName ?? "")) return "";
  return { j: "next", k: "previous", n: "lost", "/": "search", "?": "help" }[event.key] ?? "";
}

/** Listen to keys for a list and its tools. */
export function listenToKeys(list, tools) {
  const help = make("dialog", { "aria-label": "Keys" }, make("h2", {}, "Keys"), make("dl", {}, HELP.flatMap(([key, words]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, words)])), make("form", { method: "dialog" }, make("button", {}, "Close")));
  document.body.append(help);
  const actions = {
    next: () => list.go(list.here + 1),
    previous: () => list.go(Math.max(0, list.here - 1)),
    lost: () => list.goNextLost(),
    search: () => tools.search.focus(),
    help: () => help.showModal(),
    leave: () => document.activeElement === tools.search && tools.search.blur(),
  };
  document.addEventListener("keydown", (event) => {
    const action = actions[keyAction(event)];
    if (!action || help.open) return;
    if (event.key !== "Escape") event.preventDefault();
    action();
  });
}
