// Which examples are shown, in which order, and how many each filter would leave.

export const FATES = ["lost", "error", "flaky", "won", "changed", "new", "removed", "same"];
export const NAMES = ["eval", "model", "tag", "class", "reason"];

/** The examples of the index as objects. */
export function readRows(index) {
  return index.rows.map((row, place) => ({
    place,
    eval: index.names.eval[row[0]],
    model: index.names.model[row[1]],
    id: row[2],
    fate: row[3],
    accepted: Boolean(row[4] & 1),
    mustPass: Boolean(row[4] & 2),
    fails: Boolean(row[4] & 4),
    tag: row[5].map((tag) => index.names.tag[tag]),
    class: row[6] < 0 ? "" : index.names.class[row[6]],
    reason: row[7] < 0 ? "" : index.names.reason[row[7]],
    base: row[8],
    head: row[9],
    excerpt: row[10],
    accepts: row[11] ?? "",
  }));
}

/** What chips choose by: fates, and states beside them. */
export const CHIPS = {
  lost: (row) => row.fate === "lost" && !row.accepted,
  accepted: (row) => row.accepted || Boolean(row.accepts),
  error: (row) => row.fate === "error",
  flaky: (row) => row.fate === "flaky",
  won: (row) => row.fate === "won",
  "still failing": (row) => row.fate === "same" && row.fails,
  edited: (row) => row.fate === "changed",
  new: (row) => row.fate === "new",
  "new, failing": (row) => row.fate === "new" && row.fails,
  removed: (row) => row.fate === "removed",
  passing: (row) => row.fate === "same" && !row.fails,
};

/** Whether a row is chosen; `but` names a filter that is left out, to count what it would leave. */
export function isChosen(row, state, but = "") {
  if (but !== "chip" && state.chip && !CHIPS[state.chip](row)) return false;
  for (const name of NAMES) {
    const wanted = state[name];
    if (!wanted || name === but) continue;
    if (name === "tag" ? !row.tag.includes(wanted) : row[name] !== wanted) return false;
  }
  if (!state.search || state.found?.has(row.place)) return true;
  const line = lineOf(row);
  return state.search.toLowerCase().split(/\s+/).every((word) => line.includes(word));
}

/** What the list itself says of a row, as words are looked for in it. */
export function lineOf(row) {
  return `${row.eval} ${row.id} ${row.tag.join(" ")} ${row.class} ${row.reason} ${row.excerpt} ${row.accepts}`.toLowerCase();
}

const gap = (row) => (row.head ?? 1) - (row.base ?? 1);
const ORDERS = {
  worst: (a, b) => a.place - b.place,
  fall: (a, b) => gap(a) - gap(b) || a.place - b.place,
  score: (a, b) => (a.head ?? -1) - (b.head ?? -1) || a.place - b.place,
  name: (a, b) => compare(a.eval, b.eval) || compare(a.id, b.id) || a.place - b.place,
};
export const SORTS = { worst: "worst first", fall: "largest fall", score: "lowest score", name: "name" };

function compare(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** The rows to show, in order. */
export function chooseRows(rows, state) {
  return rows.filter((row) => isChosen(row, state)).sort(ORDERS[state.sort] ?? ORDERS.worst);
}

/** How many rows each chip would leave, the other filters as they are. */
export function chipCounts(rows, state) {
  const counts = Object.fromEntries(Object.keys(CHIPS).map((name) => [name, 0]));
  for (const row of rows) {
    if (!isChosen(row, state, "chip")) continue;
    for (const name in CHIPS) if (CHIPS[name](row)) counts[name]++;
  }
  return counts;
}

/** The values of a filter with how many rows each would leave, the most frequent first. */
export function valueCounts(rows, state, name) {
  const counts = new Map();
  for (const row of rows) {
    if (!isChosen(row, state, name)) continue;
    for (const value of name === "tag" ? row.tag : [row[name]]) {
      if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
}

/** The place that an address such as `#eval/example/model` means: a row, or nothing. */
export function rowOf(rows, hash) {
  if (!hash || commitOf(hash)) return undefined;
  const at = (row, withModel) => `#${linkOf(row, withModel)}`;
  return rows.find((row) => at(row, true) === hash || at(row, false) === hash)
    ?? rows.find((row) => `#${row.eval}/${row.id}` === plain(hash));
}

/** The id of the commit that an address means, or nothing: evals may be called `commit-…`, too. */
export function commitOf(hash) {
  return /^#commit-[0-9a-f]{7}$/.test(hash) ? hash.slice(1) : "";
}

function plain(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

/** The address of a row, without its `#`; the model only where it is needed. */
export function linkOf(row, withModel) {
  const parts = withModel ? [row.eval, row.id, row.model] : [row.eval, row.id];
  return parts.map(encodeURIComponent).join("/");
}
