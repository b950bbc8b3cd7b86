// How two texts differ, word by word.

export const MOST_WORDS = 600;
const WORD = /[\p{L}\p{M}\p{N}_]+\s*|[^\p{L}\p{M}\p{N}_\s]\s*|\s+/gu;

/** The words of a text, each with the white space after it; those beyond the limit as one. */
export function splitWords(text) {
  const words = text.match(WORD) ?? [];
  if (words.length <= MOST_WORDS) return words;
  return [...words.slice(0, MOST_WORDS), words.slice(MOST_WORDS).join("")];
}

/** Pieces of both texts as [kind, text]: `same`, `removed` or `added`. */
export function wordDiff(base, head) {
  const before = splitWords(base);
  const after = splitWords(head);
  const common = commonWords(before.map((word) => word.trim()), after.map((word) => word.trim()));
  if (2 * common.length < 0.3 * (before.length + after.length)) return merged([["removed", base], ["added", head]]);
  const pieces = [];
  let i = 0;
  let k = 0;
  for (const [a, b] of [...common, [before.length, after.length]]) {
    pieces.push(["removed", before.slice(i, a).join("")], ["added", after.slice(k, b).join("")]);
    if (b < after.length) pieces.push(["same", after[b]]);
    i = a + 1;
    k = b + 1;
  }
  return merged(pieces);
}

/** Pairs of places of a longest common subsequence. */
function commonWords(before, after) {
  const width = after.length + 1;
  const table = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let k = after.length - 1; k >= 0; k--) {
      table[i * width + k] = before[i] === after[k]
        ? table[(i + 1) * width + k + 1] + 1
        : Math.max(table[(i + 1) * width + k], table[i * width + k + 1]);
    }
  }
  const pairs = [];
  for (let i = 0, k = 0; i < before.length && k < after.length;) {
    if (before[i] === after[k]) pairs.push([i++, k++]);
    else if (table[(i + 1) * width + k] >= table[i * width + k + 1]) i++;
    else k++;
  }
  return pairs;
}

function merged(pieces) {
  const found = [];
  for (const [kind, text] of pieces) {
    if (!text) continue;
    if (found.length && found.at(-1)[0] === kind) found.at(-1)[1] += text;
    else found.push([kind, text]);
  }
  return found;
}
