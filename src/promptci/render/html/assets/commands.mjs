// Commands about one example; `commands.py` makes the same for readers without scripts.

/** A word as a POSIX shell takes it whole. */
export function quote(word) {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** What a reader may want to do next with an example; WHY is theirs to fill in. `good` is the base, if that is a commit. */
export function commandsOf(row, good) {
  const names = [row.eval, row.id].map(quote);
  const dashes = names.some((name) => name.startsWith("-")) ? "-- " : "";
  const found = [`promptci show ${dashes}${names.join(" ")}`, `promptci why ${dashes}${names[0]}`];
  if (row.fate === "lost" && !row.accepted) {
    found.push(`promptci accept -m WHY ${dashes}${names.join(" ")}`);
    if (good) found.push(`promptci bisect --good ${quote(good)} ${dashes}${names.join(" ")}`);
  }
  return found;
}
