// Puts the list in the place of what is there for readers without scripts.
import { addDownloads } from "./csv.mjs";
import { chooseRows, readRows, rowOf } from "./filters.mjs";
import { listenToKeys } from "./keys.mjs";
import { List } from "./list.mjs";
import { Details } from "./packed.mjs";
import { Tools } from "./tools.mjs";

const byId = (id) => document.getElementById(id);

function start() {
  const index = JSON.parse(byId("index").textContent);
  const rows = readRows(index);
  addDownloads(document);
  if (!rows.length) return;
  const list = new List(byId("list"), new Details(index, (number) => byId(`chunk-${number}`).textContent));
  const state = { chip: "", eval: "", model: "", tag: "", class: "", reason: "", search: "", sort: "worst" };
  const tools = new Tools(byId("tools"), rows, state, () => show());
  const show = () => {
    tools.update();
    list.show(chooseRows(rows, state));
  };
  byId("plain").remove();
  listenToKeys(list, tools);
  state.chip = rows.some((row) => row.fate === "lost" && !row.accepted) ? "lost" : "";
  show();
  const follow = () => openLink(rows, state, list, show);
  addEventListener("hashchange", follow);
  void follow();
}

/** Open what the address names, an example or a commit, once what is above it has its height. */
async function openLink(rows, state, list, show) {
  await list.ready;
  const commit = location.hash.startsWith("#commit-") ? byId(location.hash.slice(1)) : null;
  if (commit) {
    const whole = commit.closest("details");
    whole.open = true;
    whole.scrollIntoView();
    return;
  }
  const wanted = rowOf(rows, location.hash);
  if (!wanted) return;
  if (!list.rows.includes(wanted)) {
    Object.assign(state, { chip: "", eval: "", model: "", tag: "", class: "", reason: "", search: "" });
    show();
    await list.ready;
  }
  const place = list.rows.indexOf(wanted);
  await list.open(place);
  list.go(place);
}

start();
