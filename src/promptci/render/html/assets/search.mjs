// Words looked for in whole texts: what was asked, expected and answered, and why it failed.
import { decode } from "./packed.mjs";

/** The words of a search, as texts are compared. */
export const wordsOf = (search) => search.toLowerCase().split(/\s+/).filter(Boolean);

/** The texts of one example of a chunk that are searched, by number; prompts say the same in each. */
export function searched(example) {
  const side = (answer) => answer ? [answer.t, answer.y, answer.tc, ...answer.c.map((score) => score[3])] : [];
  const found = [...example.v.map((each) => each[1]), example.x, example.w, ...side(example.b), ...side(example.h)];
  return [...new Set(found)].filter((number) => number !== null);
}

/** The places in a chunk of the examples that hold every word, in their texts or in `beside`. */
export function placesIn(chunk, words, beside) {
  const holds = words.map((word) => chunk.t.map((text) => text.toLowerCase().includes(word)));
  return chunk.e.flatMap((example, place) => {
    const numbers = searched(example);
    const line = beside(place);
    const isFound = words.every((word, at) => line.includes(word) || numbers.some((number) => holds[at][number]));
    return isFound ? [place] : [];
  });
}

/** Looks through all texts of a page, one chunk after the other; a later search ends an earlier. */
export class Search {
  constructor(index, read, lines) {
    Object.assign(this, { index, read, lines, latest: 0 });
  }

  /** The places of the examples found, or nothing if another search began; `told` receives the share. */
  async find(search, told = () => {}) {
    const mine = ++this.latest;
    const words = wordsOf(search);
    const found = new Set();
    const { texts, atOnce } = this.index;
    for (let start = 0; words.length && start < texts; start += atOnce) {
      const chunk = await decode(this.read(start / atOnce));
      if (mine !== this.latest) return undefined;
      for (const place of placesIn(chunk, words, (at) => this.lines(start + at))) found.add(start + place);
      told(Math.min(1, (start + atOnce) / texts));
    }
    return found;
  }

  /** End what is being looked for. */
  stop() {
    this.latest++;
  }
}
