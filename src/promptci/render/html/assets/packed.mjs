// Texts in the page, compressed by the chunk and decoded when they are wanted.

/** The JSON value of a chunk: base64 of deflated UTF-8. */
export async function decode(data) {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** Reads what is known of the example at a place; nothing where the page has no texts of it. */
export class Details {
  constructor(index, read) {
    this.index = index;
    this.read = read;
    this.chunks = new Map();
  }

  async of(place) {
    if (place >= this.index.texts) return undefined;
    const number = Math.floor(place / this.index.atOnce);
    if (!this.chunks.has(number)) this.chunks.set(number, decode(this.read(number)));
    const chunk = await this.chunks.get(number);
    return unpack(chunk, place % this.index.atOnce);
  }
}

/** An example of a chunk, its texts in place of their numbers. */
export function unpack(chunk, place) {
  const text = (number) => number === null ? null : { text: chunk.t[number], whole: chunk.cut[number] ?? 0 };
  const found = chunk.e[place];
  const answer = (side) => side && {
    fate: side.f,
    score: side.s,
    text: text(side.t),
    outcome: side.o,
    why: text(side.y).text,
    thoughts: text(side.th),
    tools: text(side.tc),
    steps: text(side.st),
    scores: side.c.map(([scorer, value, passed, why]) => ({ scorer, value, passed, why: text(why).text })),
    repeats: side.r,
    latency: side.l,
    tokens: side.n,
    cost: side.m,
    prompt: side.p.map(([role, turn]) => ({ role, ...text(turn) })),
  };
  return {
    vars: found.v.map(([name, value]) => ({ name, ...text(value) })),
    expected: text(found.x),
    reason: text(found.w).text,
    since: found.z && { commit: found.z[0], subject: text(found.z[1]).text, words: text(found.z[2]).text, accepted: text(found.z[3]).text },
    base: answer(found.b),
    head: answer(found.h),
  };
}
