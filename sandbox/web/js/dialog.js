// Layers that take over the page: they hold the focus, close by Esc, and give the focus back.

import { h, uid, bundle } from "./dom.js";
import { closePopup } from "./popup.js";
import { textObject } from "./mrkdwn.js";
import { icon } from "./icons.js";

const layers = [];

/** Put `box` over the page. `onEscape` is called for Esc and for a click beside it. Returns what takes it away again. */
export function openLayer(box, onEscape) {
  closePopup();
  const before = document.activeElement;
  const layer = h("div", { class: "layer" }, box);
  layer.addEventListener("pointerdown", (event) => {
    if (event.target === layer) onEscape();
  });
  const entry = { layer, onEscape };
  layers.push(entry);
  document.body.append(layer);
  holdFocus();
  return () => {
    const at = layers.indexOf(entry);
    if (at < 0) return;
    layers.splice(at, 1);
    layer.remove();
    holdFocus();
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
}

function holdFocus() {
  document.getElementById("app").inert = layers.length > 0;
  layers.forEach(({ layer }, i) => {
    layer.inert = i < layers.length - 1;
  });
}

document.addEventListener("keydown", (event) => {
  const top = layers.at(-1);
  if (event.key !== "Escape" || !top || event.defaultPrevented) return;
  event.preventDefault();
  top.onEscape();
});

/** Whether any layer is open. */
export const hasLayer = () => layers.length > 0;

/** Ask a question with two answers. Resolves to true or false. */
export function ask({ title, text, confirm = "Yes", deny = "Cancel", style }) {
  return new Promise((resolve) => {
    const titleId = uid("title");
    const answer = (yes) => {
      close();
      resolve(yes);
    };
    const yes = h(
      "button",
      { type: "button", class: `button ${style === "danger" ? "danger" : "primary"}`, onclick: () => answer(true) },
      label(confirm),
    );
    const box = h(
      "div",
      {
        class: "dialog dialog-small",
        role: "alertdialog",
        "aria-modal": "true",
        "aria-labelledby": titleId,
        dataset: { testid: "confirm" },
      },
      h(
        "header",
        { class: "dialog-head" },
        h("h2", { id: titleId }, label(title)),
        closeButton(() => answer(false)),
      ),
      h("div", { class: "dialog-body" }, label(text)),
      h(
        "footer",
        { class: "dialog-foot" },
        h("button", { type: "button", class: "button", onclick: () => answer(false) }, label(deny)),
        yes,
      ),
    );
    const close = openLayer(box, () => answer(false));
    yes.focus();
  });
}

/** Ask for a text. Resolves to the text, or null. */
export function askText({ title, value, confirm = "Save" }) {
  return new Promise((resolve) => {
    const titleId = uid("title");
    const field = h("textarea", { class: "field", rows: 4, "aria-label": title, value });
    const answer = (text) => {
      close();
      resolve(text);
    };
    const box = h(
      "form",
      { class: "dialog dialog-small", role: "dialog", "aria-modal": "true", "aria-labelledby": titleId },
      h(
        "header",
        { class: "dialog-head" },
        h("h2", { id: titleId }, title),
        closeButton(() => answer(null)),
      ),
      h("div", { class: "dialog-body" }, field),
      h(
        "footer",
        { class: "dialog-foot" },
        h("button", { type: "button", class: "button", onclick: () => answer(null) }, "Cancel"),
        h("button", { type: "submit", class: "button primary" }, confirm),
      ),
    );
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(field.value.trim() || null);
    });
    const close = openLayer(box, () => answer(null));
    field.focus();
  });
}

const label = (value) => (typeof value === "string" ? value : value?.nodeType ? value : bundle(textObject(value)));

/** The cross in the corner of a dialog. */
export const closeButton = (onclick, text = "Close") =>
  h("button", { type: "button", class: "icon-button", "aria-label": text, onclick }, icon("close"));
