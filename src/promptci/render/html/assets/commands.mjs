// Commands about one example; `commands.py` makes the same for readers without scripts.

/** A word as a POSIX shell takes it whole. */
export function quote(word) {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** What a reader may want to do next with an example; WHY is theirs to fill in. `good` is the base and `bad` the head, if they are commits, `elsewhere` are evals whose files are not the head's, and `several` those on several models. */
export function commandsOf(row, { good, bad, elsewhere, several }) {
  const names = [row.eval, row.id].map(quote);
  const dashes = names.some((name) => name.startsWith("-")) ? "-- " : "";
  const both = `${dashes}${names.join(" ")}`;
  const model = several.includes(row.eval) ? `--model ${quote(row.model)} ` : "";
  const isHere = !elsewhere.includes(row.eval);
  const isOpen = row.fate === "lost" && !row.accepted;
  const found = isHere ? [`promptci show ${model}${both}`, `promptci why ${dashes}${names[0]}`] : [];
  if (isHere && isOpen) found.push(`promptci accept -m WHY ${model}${both}`);
  if (isOpen && good && (isHere || bad)) {
    found.push(`promptci bisect --good ${quote(good)} ${bad ? `--bad ${quote(bad)} ` : ""}${model}${both}`);
  }
  return found;
}
