// Renders `table` and `data_table` blocks; a data table is sorted by a click on a head, and paged.

import { h, fill, uid } from "./dom.js";
import { icon } from "./icons.js";
import { richText } from "./richtext.js";
import { plain } from "./mrkdwn.js";

const inside = (cell) => (cell?.type === "rich_text" ? richText(cell) : plain(cell?.text ?? cell?.value ?? ""));

/** Render a `table` block: the first row is its head. */
export function table(block) {
  const settings = block.column_settings ?? [];
  const row = (cells, tag) =>
    h(
      "tr",
      null,
      cells.map((cell, i) =>
        h(
          tag,
          {
            class: `align-${settings[i]?.align ?? "left"}${settings[i]?.is_wrapped ? " wrapped" : ""}`,
            scope: tag === "th" ? "col" : null,
          },
          inside(cell),
        ),
      ),
    );
  const [head, ...body] = block.rows ?? [];
  return h(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Table" },
    h(
      "table",
      null,
      h("thead", null, row(head ?? [], "th")),
      h(
        "tbody",
        null,
        body.map((cells) => row(cells, "td")),
      ),
    ),
  );
}

const worth = (cell) => (cell?.type === "raw_number" || typeof cell?.value === "number" ? cell.value : flat(cell).toLowerCase());
const flat = (cell) => cell?.text ?? (cell?.elements ?? []).map(flat).join(" ");
const compare = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });

/** Render a `data_table` block. */
export function dataTable(block) {
  const [head = [], ...rows] = block.rows ?? [];
  const size = block.page_size ?? 5;
  const numeric = head.map((_, i) => rows.length > 0 && rows.every((cells) => cells[i]?.type === "raw_number"));
  const captionId = uid("caption");
  const frame = h("div", { class: "data-table" });
  const view = { page: 0, by: -1, down: false };

  const sorted = () => {
    if (view.by < 0) return rows;
    const order = [...rows].sort((a, b) => compare(worth(a[view.by]), worth(b[view.by])));
    return view.down ? order.reverse() : order;
  };
  const sortBy = (i) => {
    Object.assign(view, { down: view.by === i && !view.down, by: i, page: 0 });
    draw();
  };
  const turn = (step) => {
    view.page += step;
    draw();
  };
  const headCell = (cell, i) => {
    const order = view.by === i ? (view.down ? "descending" : "ascending") : "none";
    return h(
      "th",
      { scope: "col", "aria-sort": order, class: numeric[i] ? "align-right" : null },
      h(
        "button",
        { type: "button", class: "sort", onclick: () => sortBy(i) },
        inside(cell),
        h("span", { class: "sort-mark", "aria-hidden": "true" }, { ascending: "▲", descending: "▼" }[order] ?? ""),
      ),
    );
  };
  const bodyCell = (cell, i) =>
    h(
      i === (block.row_header_column_index ?? 0) ? "th" : "td",
      { scope: i === (block.row_header_column_index ?? 0) ? "row" : null, class: numeric[i] ? "align-right" : null },
      inside(cell),
    );
  const pager = (pages) =>
    h(
      "div",
      { class: "pager" },
      h("span", null, `${view.page * size + 1}–${Math.min(rows.length, (view.page + 1) * size)} of ${rows.length}`),
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Previous page", disabled: view.page === 0, onclick: () => turn(-1) },
        icon("back", 16),
      ),
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Next page", disabled: view.page >= pages - 1, onclick: () => turn(1) },
        icon("right", 16),
      ),
    );

  function draw() {
    const pages = Math.ceil(rows.length / size);
    const shown = sorted().slice(view.page * size, (view.page + 1) * size);
    fill(
      frame,
      h("div", { class: "data-caption", id: captionId }, block.caption),
      h(
        "div",
        { class: "table-frame", tabindex: "0", role: "region", "aria-labelledby": captionId },
        h(
          "table",
          { "aria-labelledby": captionId },
          h("thead", null, h("tr", null, head.map(headCell))),
          h(
            "tbody",
            null,
            shown.map((cells) => h("tr", null, cells.map(bodyCell))),
          ),
        ),
      ),
      pages > 1 ? pager(pages) : null,
    );
  }
  draw();
  return frame;
}
