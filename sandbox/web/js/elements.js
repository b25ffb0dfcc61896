// Renders Block Kit elements: buttons, menus, dates, checkboxes, radio buttons and every text input.

import { h, isLocalImage, safeHref, uid } from "./dom.js";
import { act } from "./acting.js";
import { openPopup } from "./popup.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";
import { words } from "./picker.js";
import { isSelect, select } from "./selects.js";

const TEXT_INPUTS = {
  plain_text_input: "text",
  email_text_input: "email",
  url_text_input: "url",
  number_input: "text",
  rich_text_input: "text",
};
const DATE_INPUTS = {
  datepicker: ["date", "initial_date"],
  timepicker: ["time", "initial_time"],
  datetimepicker: ["datetime-local", "initial_date_time"],
};

/**
 * Render an element of `block` on `surface` (a message, a modal or the Home tab; a modal carries `form`, what the person
 * entered so far). `field` holds the ids of an input block's label and hint.
 */
export function element(spec, block, surface, field = {}) {
  if (spec.type === "button" || spec.type === "workflow_button") return button(spec, block, surface);
  if (spec.type === "icon_button") return iconButton(spec, block, surface);
  if (spec.type === "feedback_buttons") return feedback(spec, block, surface);
  if (spec.type === "overflow") return overflow(spec, block, surface);
  if (spec.type === "image") return image(spec, "element-image");
  if (isSelect(spec)) return selectElement(spec, block, surface, field);
  if (spec.type in DATE_INPUTS) return dateInput(spec, block, surface, field);
  if (spec.type in TEXT_INPUTS) return textInput(spec, block, surface, field);
  if (spec.type === "checkboxes" || spec.type === "radio_buttons") return boxes(spec, block, surface, field);
  return h("span", { class: "unknown" }, `[${spec.type}]`);
}

/** Tell a modal's form what was entered, and the bot where the element asks for it. */
function entered(spec, block, surface, node, value, kept = value) {
  surface.form?.set(block, spec, kept, value);
  const tells = block.type !== "input" || block.dispatch_action;
  if (tells) act(surface, block, spec, node, value);
}

const keptValue = (block, surface, spec) => surface.form?.get(block, spec);

function button(spec, block, surface) {
  const style = { primary: " primary", danger: " danger" }[spec.style] ?? "";
  const label = [textObject(spec.text)];
  const about = { class: `button${style}`, "aria-label": spec.accessibility_label, dataset: { action: spec.action_id } };
  const href = spec.url ? safeHref(spec.url) : null;
  if (!href) {
    const node = h("button", { ...about, type: "button", onclick: () => act(surface, block, spec, node) }, label);
    return node;
  }
  const away = new URL(href).origin !== location.origin;
  const node = h(
    "a",
    {
      ...about,
      href,
      target: away ? "_blank" : null,
      rel: away ? "noopener noreferrer" : null,
      onclick: () => {
        act(surface, block, spec, null);
      },
    },
    label,
    away ? icon("external", 14) : null,
  );
  return node;
}

function iconButton(spec, block, surface) {
  const node = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": words(spec.text),
      title: words(spec.text),
      onclick: () => act(surface, block, spec, node),
    },
    icon(spec.icon ?? "more"),
  );
  return node;
}

function feedback(spec, block, surface) {
  return h(
    "span",
    { class: "feedback" },
    [spec.positive_button, spec.negative_button].filter(Boolean).map((one) => {
      const node = h(
        "button",
        { type: "button", class: "button small", onclick: () => act(surface, block, spec, node, one.value) },
        textObject(one.text),
      );
      return node;
    }),
  );
}

function overflow(spec, block, surface) {
  const node = h(
    "button",
    {
      type: "button",
      class: "icon-button bordered",
      "aria-label": "More options",
      "aria-haspopup": "menu",
      dataset: { action: spec.action_id },
    },
    icon("more"),
  );
  const items = () =>
    h(
      "div",
      { class: "menu", role: "menu" },
      spec.options.map((option) => {
        const inside = h(
          "span",
          { class: "option-text" },
          textObject(option.text),
          option.description ? h("small", null, words(option.description)) : null,
        );
        const href = option.url ? safeHref(option.url) : null;
        const choose = () => act(surface, block, spec, node, option.value);
        return h(
          href ? "a" : "button",
          { class: "menu-item", role: "menuitem", href, type: href ? null : "button", dataset: { close: "1" }, onclick: choose },
          inside,
        );
      }),
    );
  node.addEventListener("click", () => openPopup(node, items(), { alignEnd: true, label: "More options" }));
  return node;
}

/** Show a picture, or (from elsewhere) its description in a frame: the page loads nothing from other hosts. */
export function image(spec, className) {
  const uploaded = spec.slack_file?.id ? `${location.origin}/files/${encodeURIComponent(spec.slack_file.id)}/picture` : undefined;
  const url = spec.image_url ?? spec.slack_file?.url ?? uploaded;
  if (url && isLocalImage(url)) return h("img", { class: className, src: url, alt: spec.alt_text ?? "", loading: "lazy" });
  return h(
    "span",
    { class: `${className} image-away`, role: "img", "aria-label": spec.alt_text ?? "image", title: spec.alt_text },
    icon("image", 16),
    className === "picture-image" ? h("span", null, spec.alt_text || "image") : null,
  );
}

function selectElement(spec, block, surface, field) {
  const node = select(spec, surface, {
    ...field,
    kept: keptValue(block, surface, spec),
    onValue: (value, shown) =>
      entered(
        spec,
        block,
        surface,
        node,
        value,
        shown.map((one) => ({ value: one.value, text: { type: "plain_text", text: one.label } })),
      ),
  });
  node.dataset.action = spec.action_id ?? "";
  return node;
}

const localTime = (unix) => new Date(unix * 1000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function dateInput(spec, block, surface, field) {
  const [type, initial] = DATE_INPUTS[spec.type];
  const kept = keptValue(block, surface, spec);
  const start = kept === undefined ? spec[initial] : kept;
  const value = type === "datetime-local" && start ? localTime(start) : (start ?? "");
  const node = h("input", {
    class: "field field-date",
    type,
    value,
    id: field.id,
    "aria-label": field.label ?? (field.id ? null : words(spec.placeholder) || type),
    "aria-describedby": field.describedby,
    dataset: { action: spec.action_id },
  });
  node.addEventListener("change", () => {
    const now = type === "datetime-local" && node.value ? Math.round(new Date(node.value).getTime() / 1000) : node.value;
    entered(spec, block, surface, node, now || null);
  });
  return node;
}

const textOf = (value) => (typeof value === "object" ? "" : String(value ?? ""));

function textInput(spec, block, surface, field) {
  const kept = keptValue(block, surface, spec);
  const long = spec.multiline || spec.type === "rich_text_input";
  const node = h(long ? "textarea" : "input", {
    class: "field",
    id: field.id,
    type: long ? null : TEXT_INPUTS[spec.type],
    rows: long ? 4 : null,
    inputmode: spec.type === "number_input" ? (spec.is_decimal_allowed ? "decimal" : "numeric") : null,
    placeholder: words(spec.placeholder) || null,
    maxlength: spec.max_length,
    minlength: spec.min_length,
    autocomplete: "off",
    "aria-describedby": field.describedby,
    autofocus: spec.focus_on_load ?? false,
    dataset: { action: spec.action_id },
    value: textOf(kept === undefined ? spec.initial_value : kept),
  });
  const triggers = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  node.addEventListener("input", () => {
    surface.form?.set(block, spec, node.value, node.value);
    if (block.dispatch_action && triggers.includes("on_character_entered")) typed(spec, block, surface, node);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || long || !block.dispatch_action) return;
    event.preventDefault();
    if (triggers.includes("on_enter_pressed")) act(surface, block, spec, null, node.value);
  });
  return node;
}

const waiting = new WeakMap();
function typed(spec, block, surface, node) {
  clearTimeout(waiting.get(node));
  waiting.set(
    node,
    setTimeout(() => act(surface, block, spec, null, node.value), 300),
  );
}

function boxes(spec, block, surface, field) {
  const single = spec.type === "radio_buttons";
  const name = uid("group");
  const kept = keptValue(block, surface, spec);
  const initial = single ? [spec.initial_option ?? []].flat() : (spec.initial_options ?? []);
  const start = new Set((kept === undefined ? initial : [kept ?? []].flat()).map((one) => one.value ?? one));
  const root = h("div", {
    class: "choices",
    role: single ? "radiogroup" : "group",
    "aria-labelledby": field.labelId,
    "aria-describedby": field.describedby,
    dataset: { action: spec.action_id },
  });
  const changed = () => {
    const now = [...root.querySelectorAll("input:checked")].map((box) => box.value);
    entered(spec, block, surface, root, single ? (now[0] ?? null) : now);
  };
  root.append(
    ...spec.options.map((option) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: single ? "radio" : "checkbox", name, value: option.value, checked: start.has(option.value), onchange: changed }),
        h("span", null, textObject(option.text), option.description ? h("small", null, textObject(option.description)) : null),
      ),
    ),
  );
  return root;
}
