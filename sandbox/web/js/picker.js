// A searchable list to choose from: every kind of select menu, with one choice or many.

import { h, uid, fill } from "./dom.js";
import { closePopup, isOpenFor, openPopup, place } from "./popup.js";
import { textObject, unescape } from "./mrkdwn.js";
import { withEmoji } from "./emoji.js";
import { icon } from "./icons.js";

/** Return the words of a text object, for fields and searches. */
export const words = (text) => withEmoji(unescape(typeof text === "string" ? text : (text?.text ?? "")));

/**
 * Make a select. `options(query)` returns (or promises) `[{value, label, description?, group?}]`; `chosen` is a list of
 * such options; `onChange` gets the new list. Other settings: `multiple`, `placeholder`, `label`, `id`, `max`.
 */
export function picker({
  options,
  chosen = [],
  multiple = false,
  placeholder = "Select an option",
  label,
  id,
  max,
  onChange,
  describedby,
}) {
  const listId = uid("list");
  const state = { chosen: [...chosen], shown: [], active: 0, asked: 0 };
  const field = h("input", {
    id,
    class: "picker-input",
    role: "combobox",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-label": label,
    "aria-describedby": describedby,
    placeholder,
  });
  const chips = h("span", { class: "picker-chips" });
  const root = h("div", { class: `picker${multiple ? " picker-multi" : ""}` }, chips, field, icon("down", 16));
  const list = h("div", {
    class: "menu listbox",
    role: "listbox",
    id: listId,
    "aria-label": label ?? placeholder,
    "aria-multiselectable": multiple ? "true" : null,
  });

  const show = () => {
    fill(chips, multiple ? state.chosen.map(chip) : null);
    field.placeholder = state.chosen.length && multiple ? "" : placeholder;
    if (!multiple) field.value = state.chosen[0]?.label ?? "";
    root.classList.toggle("has-value", state.chosen.length > 0);
  };
  const chip = (option) =>
    h(
      "span",
      { class: "picker-chip" },
      option.label,
      h(
        "button",
        {
          type: "button",
          "aria-label": `Remove ${option.label}`,
          onclick: (event) => {
            event.stopPropagation();
            toggle(option);
          },
        },
        icon("close", 12),
      ),
    );
  const isChosen = (option) => state.chosen.some((one) => one.value === option.value);

  const toggle = (option) => {
    if (!multiple) state.chosen = [option];
    else if (isChosen(option)) state.chosen = state.chosen.filter((one) => one.value !== option.value);
    else if (!max || state.chosen.length < max) state.chosen = [...state.chosen, option];
    if (multiple) field.value = "";
    else closePopup();
    show();
    if (multiple && isOpenFor(root)) refresh("");
    onChange(state.chosen);
    field.focus();
  };

  const drawList = () => {
    let group = null;
    fill(
      list,
      state.shown.map((option, i) => {
        const head =
          option.group && option.group !== group ? h("p", { class: "menu-title", role: "presentation" }, (group = option.group)) : null;
        return [
          head,
          h(
            "div",
            {
              id: `${listId}-${i}`,
              class: `menu-item${i === state.active ? " active" : ""}`,
              role: "option",
              "aria-selected": String(isChosen(option)),
              dataset: { value: option.value },
              onpointerdown: (event) => event.preventDefault(),
              onclick: () => toggle(option),
            },
            h(
              "span",
              { class: "option-text" },
              option.node ?? option.label,
              option.description ? h("small", null, option.description) : null,
            ),
            isChosen(option) ? icon("check", 16) : null,
          ),
        ];
      }),
    );
    if (!state.shown.length) list.append(h("p", { class: "menu-empty" }, state.asked ? "Searching…" : "No matches"));
    field.setAttribute("aria-activedescendant", state.shown.length ? `${listId}-${state.active}` : "");
    list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  };

  const refresh = async (query) => {
    const turn = ++state.asked;
    const result = options(query);
    if (result instanceof Promise) drawList();
    const found = await result;
    if (turn !== state.asked) return;
    state.asked = 0;
    state.shown = found;
    state.active = Math.max(0, multiple ? 0 : found.findIndex(isChosen));
    drawList();
    const box = list.parentElement;
    if (box && isOpenFor(root)) place(root, box, { matchWidth: true });
  };

  const unfold = () => {
    if (isOpenFor(root)) return;
    openPopup(root, list, {
      focus: false,
      matchWidth: true,
      onClose: () => {
        field.setAttribute("aria-expanded", "false");
        show();
      },
    });
    field.setAttribute("aria-expanded", "true");
    refresh("");
    field.select();
  };

  field.addEventListener("click", unfold);
  root.addEventListener("click", (event) => {
    if (event.target.closest(".icon") && !event.target.closest("button")) (field.focus(), unfold());
  });
  field.addEventListener("input", () => {
    unfold();
    refresh(field.value);
  });
  field.addEventListener("blur", () =>
    setTimeout(() => {
      if (document.activeElement !== field && isOpenFor(root)) closePopup();
    }, 120),
  );
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!isOpenFor(root)) return unfold();
      state.active = (state.active + step + state.shown.length) % Math.max(1, state.shown.length);
      return drawList();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      if (isOpenFor(root) && state.shown[state.active]) toggle(state.shown[state.active]);
      else unfold();
    }
    if (event.key === "Tab") closePopup();
    if (event.key === "Backspace" && multiple && !field.value && state.chosen.length) toggle(state.chosen.at(-1));
    return undefined;
  });
  show();
  return root;
}

/** Turn a Block Kit option (and its group's label) into what `picker` shows. */
export function choice(option, group) {
  return {
    value: option.value,
    label: words(option.text),
    node: textObject(option.text),
    description: option.description ? words(option.description) : null,
    group: group ? words(group) : null,
  };
}

/** Keep the choices that hold `query`. */
export const matching = (choices, query) => choices.filter((one) => one.label.toLowerCase().includes(query.trim().toLowerCase()));
