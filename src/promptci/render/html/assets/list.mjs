// The list of examples: some at a time, each opened when it is wanted.
import { linkOf } from "./filters.mjs";
import { detailOf } from "./detail.mjs";
import { make } from "./elements.mjs";

const AT_ONCE = 100;
const FEW = 20;
const OPENED = 3;
const SIGNS = { lost: "✗ lost", won: "✓ won", flaky: "~ flaky", error: "! no answer", changed: "Δ edited", new: "+ new", removed: "- removed", same: "= same" };

const STILL = { same: "still failing", new: "failing" };
const asksToBeRead = (row) => row.fate === "lost" || row.fate === "error" || (row.fate === "new" && row.fails);

/** How many rows are there at first: all that moved, within limits, and only a few of others, so that what follows them is near. */
function firstCount(rows) {
  return Math.min(AT_ONCE, Math.max(FEW, rows.filter((row) => row.fate !== "same").length));
}

/** Shows rows and remembers where the reader is. */
export class List {
  constructor(place, details) {
    Object.assign(this, { place, details, rows: [], shown: 0, here: -1 });
  }

  /** Show other rows, the first lost ones open; where there are none, how many are left by other chips. */
  show(rows, elsewhere = 0) {
    Object.assign(this, { rows, elsewhere });
    this.shown = 0;
    this.here = -1;
    this.count = make("p", { class: "note", role: "status" });
    this.body = make("div");
    this.more = make("button", { type: "button", on: { click: () => this.grow() } });
    this.place.replaceChildren(this.count, this.body, this.more);
    this.grow();
    this.ready = Promise.all(rows.slice(0, OPENED).map((row, index) => asksToBeRead(row) ? this.open(index) : null));
  }

  /** Show what a search has found meanwhile; a reader who has gone on stays where they are. */
  renew(rows, elsewhere) {
    if (rows.length === this.rows.length && rows.every((row, index) => row === this.rows[index])) return;
    const here = this.rows[this.here];
    const isOpen = this.body.children[this.here]?.childElementCount > 1;
    this.show(rows, elsewhere);
    const place = rows.indexOf(here);
    this.go(place, false);
    if (isOpen && place >= 0) void this.open(place);
  }

  grow() {
    const next = this.rows.slice(this.shown, this.shown + (this.shown ? AT_ONCE : firstCount(this.rows)));
    this.body.append(...next.map((row) => this.article(row)));
    this.shown += next.length;
    const left = this.rows.length - this.shown;
    const others = this.elsewhere ? `, ${this.elsewhere.toLocaleString("en")} under the other filters above` : "";
    this.count.textContent = `${this.rows.length.toLocaleString("en")} ${this.rows.length === 1 ? "example" : "examples"}${others}`;
    this.more.textContent = `Show ${Math.min(left, AT_ONCE)} more of ${left.toLocaleString("en")}`;
    this.more.hidden = !left;
  }

  article(row) {
    const marks = [SIGNS[row.fate], row.accepted ? "accepted" : "", row.mustPass ? "must pass" : "", row.fails && STILL[row.fate]];
    const button = make(
      "button",
      { class: "row", type: "button", "aria-expanded": "false" },
      make("span", { class: `fate ${row.fate}` }, marks.filter(Boolean).join(", ")),
      make("b", { dir: "auto" }, `${row.eval} / ${row.id}`),
      make("small", {}, [row.model, ...row.tag].join(" · ")),
      make("span", { class: "excerpt", dir: "auto" }, row.excerpt),
      row.accepts ? make("small", { class: "accepts", dir: "auto" }, row.accepts) : null,
    );
    const made = make("article", { class: "example" }, make("h3", {}, button));
    button.addEventListener("click", () => this.toggle([...this.body.children].indexOf(made)));
    return made;
  }

  async toggle(index) {
    this.go(index, false);
    const button = this.body.children[index].querySelector(".row");
    if (button.getAttribute("aria-expanded") === "true") this.close(index);
    else await this.open(index);
    history.replaceState(null, "", `#${linkOf(this.rows[index], true)}`);
  }

  /** Open the row at a place of the list. */
  async open(index) {
    while (index >= this.shown) this.grow();
    const article = this.body.children[index];
    const row = this.rows[index];
    article.querySelector(".row").setAttribute("aria-expanded", "true");
    const found = await this.details.of(row.place);
    if (article.childElementCount === 1) article.append(make("div", {}, detailOf(row, found, this.details.index)));
  }

  close(index) {
    const article = this.body.children[index];
    article.querySelector(".row").setAttribute("aria-expanded", "false");
    article.children[1]?.remove();
  }

  /** Move to a row; with `scrolls` it is brought into view and focused. */
  go(index, scrolls = true) {
    if (index < 0 || index >= this.rows.length) return;
    while (index >= this.shown) this.grow();
    this.body.children[this.here]?.classList.remove("here");
    this.here = index;
    const article = this.body.children[index];
    article.classList.add("here");
    if (!scrolls) return;
    article.querySelector(".row").focus({ preventScroll: true });
    article.scrollIntoView({ block: "start" });
  }

  /** Move to the next lost row after this one. */
  goNextLost() {
    const next = this.rows.findIndex((row, index) => index > this.here && row.fate === "lost");
    this.go(next);
    if (next >= 0) void this.open(next);
  }
}
