// Tables as CSV files.

const FORMULA = /^\s*[=+\-@|%＝＋－＠−]|^[\t\r\n]/;
const NUMBER = /^[+-]?[\d,.]+%?$/;

/** A cell; a text that a spreadsheet could take for a formula gets a `'`. */
export function csvCell(text) {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Rows of cells as CSV. */
export function asCsv(rows) {
  return rows.map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

/** The rows of a table in the page; those that only say something in words are left out. */
export function tableRows(table) {
  return [...table.rows]
    .filter((row) => !row.classList.contains("said"))
    .map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\s+/g, " ").trim()));
}

/** Gives every table with numbers a button that saves it. */
export function addDownloads(root) {
  for (const table of root.querySelectorAll("table[data-csv]")) {
    const button = document.createElement("button");
    button.textContent = "Download CSV";
    button.addEventListener("click", () => save(`${table.dataset.csv}.csv`, asCsv(tableRows(table))));
    table.parentElement.after(button);
  }
}

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name.replace(/[^\w.-]+/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
