// Puts the list in the place of what is there for readers without scripts.
import { addDownloads } from "./csv.mjs";
import { chooseRows, commitOf, lineOf, readRows, rowOf } from "./filters.mjs";
import { listenToKeys } from "./keys.mjs";
import { List } from "./list.mjs";
import { Details } from "./packed.mjs";
import { Search } from "./search.mjs";
import { Tools } from "./tools.mjs";

const byId = (id) => document.getElementById(id);

function start() {
  const index = JSON.parse(byId("index").textContent);
  const rows = readRows(index);
  addDownloads(document);
  if (!rows.length) return;
  const read = (number) => byId(`chunk-${number}`).textContent;
  const list = new List(byId("list"), new Details(index, read));
  const state = { chip: "", eval: "", model: "", tag: "", class: "", reason: "", search: "", sort: "worst" };
  const tools = new Tools(byId("tools"), rows, state, () => show());
  const chosen = () => {
    const found = chooseRows(rows, state);
    return [found, found.length || !state.chip ? 0 : chooseRows(rows, { ...state, chip: "" }).length];
  };
  const look = looker(new Search(index, read, (place) => lineOf(rows[place])), state, tools, () => list.renew(...chosen()));
  const show = () => {
    look();
    tools.update();
    list.show(...chosen());
  };
  byId("plain").remove();
  listenToKeys(list, tools);
  state.chip = rows.some((row) => row.fate === "lost" && !row.accepted) ? "lost" : "";
  show();
  const follow = () => openLink(rows, state, list, show);
  addEventListener("hashchange", follow);
  void follow();
}

/** Looks for the words of the search in whole texts, once they stay for a moment; rows it finds are shown then. */
function looker(search, state, tools, show) {
  let wanted = "";
  let waiting;
  return () => {
    if (state.search === wanted) return;
    wanted = state.search;
    state.found = undefined;
    search.stop();
    clearTimeout(waiting);
    tools.looked.textContent = "";
    if (!wanted) return;
    waiting = setTimeout(async () => {
      const said = (share) => { tools.looked.textContent = `Looking through whole texts: ${Math.floor(100 * share)}%`; };
      const found = await search.find(wanted, said);
      if (!found) return;
      state.found = found;
      tools.looked.textContent = search.index.texts < search.index.rows.length ? "Beyond the texts of this page only beginnings are searched." : "";
      tools.update();
      show();
    }, 200);
  };
}

/** Open what the address names, an example or a commit, once what is above it has its height. */
async function openLink(rows, state, list, show) {
  await list.ready;
  const commit = commitOf(location.hash) ? byId(commitOf(location.hash)) : null;
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
