// Chips, menus, search and sorting above the list.
import { CHIPS, NAMES, SORTS, chipCounts, isChosen, valueCounts } from "./filters.mjs";
import { make } from "./elements.mjs";

const MENUS = { eval: "Eval", model: "Model", tag: "Tag", class: "Class", reason: "Reason" };
const MOST_VALUES = 300;

/** Draws the tools once and keeps their counts; `changed` is called with every choice. */
export class Tools {
  constructor(place, rows, state, changed) {
    Object.assign(this, { place, rows, state, changed });
    this.chips = new Map(Object.keys(CHIPS).map((name) => [name, this.chip(name)]));
    this.menus = new Map(NAMES.map((name) => [name, this.menu(name)]));
    this.search = make("input", { type: "search", placeholder: "Inputs, answers, reasons", "aria-label": "Search examples" });
    this.search.addEventListener("input", () => this.choose("search", this.search.value.trim()));
    this.sort = make("select", { "aria-label": "Sort by", title: "Sort by" }, Object.entries(SORTS).map(([value, words]) => make("option", { value }, words)));
    this.sort.addEventListener("change", () => this.choose("sort", this.sort.value));
    const chips = make("div", { class: "chips", role: "group", "aria-label": "Filter by what became of an example" }, [...this.chips.values()]);
    this.looked = make("span", { class: "looked", role: "status" });
    place.replaceChildren(chips, ...this.menus.values(), this.search, this.sort, this.looked);
    place.hidden = false;
  }

  chip(name) {
    const button = make("button", { type: "button", "aria-pressed": "false" });
    button.addEventListener("click", () => this.choose("chip", this.state.chip === name ? "" : name));
    return button;
  }

  menu(name) {
    const select = make("select", { "aria-label": MENUS[name] });
    select.addEventListener("change", () => this.choose(name, select.value));
    return select;
  }

  choose(name, value) {
    this.state[name] = value;
    this.changed();
  }

  /** Show the counts as they are now. */
  update() {
    const counts = chipCounts(this.rows, this.state);
    for (const [name, button] of this.chips) {
      button.textContent = `${name} ${counts[name].toLocaleString("en")}`;
      button.setAttribute("aria-pressed", String(this.state.chip === name));
      button.hidden = !counts[name] && this.state.chip !== name;
    }
    for (const [name, select] of this.menus) this.fill(name, select);
    if (this.search.value.trim() !== this.state.search) this.search.value = this.state.search;
  }

  fill(name, select) {
    const values = valueCounts(this.rows, this.state, name);
    const options = values.slice(0, MOST_VALUES).map(([value, count]) => make("option", { value }, `${value.slice(0, 80)} (${count.toLocaleString("en")})`));
    select.replaceChildren(make("option", { value: "" }, `${MENUS[name]}: all`), ...options);
    select.value = this.state[name];
    select.hidden = !this.state[name] && !this.tellsApart(values, name);
  }
  /** Whether choosing among these values would leave out any row. */
  tellsApart(values, name) {
    if (values.length !== 1) return values.length > 1;
    return this.rows.some((row) => isChosen(row, this.state, name) && !(name === "tag" ? row.tag : [row[name]]).includes(values[0][0]));
  }
}
