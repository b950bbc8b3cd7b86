// Elements made from values; text is only ever text.

/** An element with properties, data and children: texts, elements, or nothing. */
export function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on") for (const [event, hear] of Object.entries(value)) made.addEventListener(event, hear);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** A part that is folded until it is wanted; `fill` gives its children then. */
export function folded(title, fill) {
  const made = make("details", {}, make("summary", {}, title));
  made.addEventListener("toggle", () => {
    if (made.open && made.childElementCount === 1) made.append(...fill());
  });
  return made;
}
