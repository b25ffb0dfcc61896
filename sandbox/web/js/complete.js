// Offers what could be meant while one types: slash commands, people, channels and emoji.

import { h, fill, uid } from "./dom.js";
import { findEmoji } from "./emoji.js";
import { avatar, everyone, nameOf } from "./people.js";
import { myChannels, world } from "./store.js";

const SHOWN = 8;

function commands(query) {
  return world.commands
    .filter((one) => one.name.startsWith(query))
    .map((one) => ({
      text: `${one.name} `,
      exact: one.name,
      mark: h("span", { class: "complete-icon" }, "/"),
      name: one.name,
      hint: one.hint ?? "",
      about: one.description ?? "",
    }));
}

function people(query) {
  const wanted = query.toLowerCase();
  const hits = everyone().filter((who) => who.name?.toLowerCase().startsWith(wanted) || nameOf(who.id).toLowerCase().includes(wanted));
  return hits.map((who) => ({
    text: `@${who.name} `,
    exact: `@${who.name}`,
    mark: avatar(who.id, 24),
    name: nameOf(who.id),
    hint: `@${who.name}`,
    about: "",
  }));
}

const channels = (query) =>
  myChannels()
    .filter((one) => one.name.startsWith(query.toLowerCase()))
    .map((one) => ({
      text: `#${one.name} `,
      exact: `#${one.name}`,
      mark: h("span", { class: "complete-icon" }, "#"),
      name: one.name,
      hint: "",
      about: "",
    }));
const emoji = (query) =>
  findEmoji(query, SHOWN).map(([name, unicode]) => ({
    text: `${unicode} `,
    exact: `:${name}:`,
    mark: h("span", { class: "complete-icon" }, unicode),
    name: `:${name}:`,
    hint: "",
    about: "",
  }));

/** Find what is being typed before the caret: `{from, items}` or null. */
function lookUp(text, caret) {
  const before = text.slice(0, caret);
  if (/^\/\S*$/.test(before)) return { from: 0, items: commands(before) };
  const word = /(?:^|\s)([@#:])([\w.+-]*)$/.exec(before);
  if (!word) return null;
  const [, mark, query] = word;
  if (mark === ":" && query.length < 2) return null;
  const items = { "@": people, "#": channels, ":": emoji }[mark](query);
  return { from: caret - query.length - 1, items: items.slice(0, SHOWN) };
}

/** Give `field` completions, shown in `shelf`. Returns `handleKey(event)`: true when it used the key. */
export function completions(field, shelf, onChange) {
  const id = uid("complete");
  let found = null;
  let active = 0;

  const hide = () => {
    found = null;
    fill(shelf);
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const take = (item) => {
    const caret = field.selectionStart;
    field.value = field.value.slice(0, found.from) + item.text + field.value.slice(caret);
    field.selectionStart = field.selectionEnd = found.from + item.text.length;
    hide();
    onChange();
    field.focus();
  };
  const draw = () => {
    fill(
      shelf,
      h(
        "div",
        { class: "menu completions", role: "listbox", id, "aria-label": "Suggestions" },
        found.items.map((item, i) =>
          h(
            "div",
            {
              class: `menu-item${i === active ? " active" : ""}`,
              role: "option",
              id: `${id}-${i}`,
              "aria-selected": String(i === active),
              onpointerdown: (event) => event.preventDefault(),
              onclick: () => take(item),
            },
            item.mark,
            h(
              "span",
              { class: "complete-text" },
              h("strong", null, item.name),
              item.hint ? h("span", { class: "complete-hint" }, item.hint) : null,
            ),
            item.about ? h("span", { class: "complete-about" }, item.about) : null,
          ),
        ),
      ),
    );
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", id);
    field.setAttribute("aria-activedescendant", `${id}-${active}`);
    shelf.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  };

  field.addEventListener("input", () => {
    found = lookUp(field.value, field.selectionStart);
    active = 0;
    if (found?.items.length) draw();
    else hide();
  });
  field.addEventListener("blur", () => setTimeout(hide, 150));

  return function handleKey(event) {
    if (!found) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) active = (active + step + found.items.length) % found.items.length;
    if (step) draw();
    else if (event.key === "Escape") hide();
    else if (event.key === "Tab") take(found.items[active]);
    else if (event.key === "Enter" && !event.shiftKey) return complete();
    else return false;
    return true;
  };

  function complete() {
    const item = found.items[active];
    const typed = field.value.slice(found.from, field.selectionStart);
    if (typed === item.exact) {
      hide();
      return false;
    }
    take(item);
    return true;
  }
}
