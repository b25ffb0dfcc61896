// Shows short notices in a corner: errors of the app, and that the page lost the world.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_MS = 9000;
const SAME_MS = 2500;
let lastText = "";
let lastAt = 0;

/** Show `text` for a while. `level` is "error" or "info". The same text twice in a moment is shown once. */
export function say(text, level = "info") {
  const now = Date.now();
  if (lastText === text && now - lastAt < SAME_MS) return;
  [lastText, lastAt] = [text, now];
  const toast = h(
    "div",
    { class: `toast toast-${level}`, role: level === "error" ? "alert" : "status", dataset: { testid: "toast" } },
    icon(level === "error" ? "alert" : "info"),
    h("p", null, text),
    h("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", onclick: () => toast.remove() }, icon("close", 16)),
  );
  const shelf = document.getElementById("toasts");
  shelf.append(toast);
  while (shelf.children.length > 4) shelf.firstChild.remove();
  setTimeout(() => toast.remove(), SHOWN_MS);
}
