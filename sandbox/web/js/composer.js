// Where one types: sends messages and slash commands, grows with the text, and offers completions.

import { h, uid } from "./dom.js";
import { deed } from "./api.js";
import { completions } from "./complete.js";
import { icon } from "./icons.js";
import { say } from "./notices.js";
import { openPopup } from "./popup.js";
import { emojiPicker } from "./reactions.js";
import { glyph } from "./emoji.js";
import { world } from "./store.js";

const drafts = new Map();

/**
 * Make a composer. `key` names its draft; `send(text)` delivers a text; `target()` gives `{channel, thread_ts?}` for slash
 * commands, or null where there are none.
 */
export function composer({ key, label, send, target }) {
  const field = h("textarea", {
    class: "composer-field",
    rows: 1,
    id: uid("composer"),
    placeholder: label,
    "aria-label": label,
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    autocomplete: "off",
    dataset: { testid: "composer" },
  });
  const shelf = h("div", { class: "composer-shelf" });
  const hint = h("p", { class: "composer-hint", role: "status" });
  const sender = h("button", { type: "submit", class: "send", "aria-label": "Send", disabled: true }, icon("send", 18));
  const smile = h(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Insert an emoji", "aria-haspopup": "dialog" },
    icon("smile", 20),
  );
  const form = h(
    "form",
    { class: "composer" },
    shelf,
    h("div", { class: "composer-box" }, field, h("div", { class: "composer-tools" }, smile, sender)),
    hint,
  );

  const changed = () => {
    drafts.set(key, field.value);
    sender.disabled = !field.value.trim();
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 220)}px`;
    const command = world.commands.find((one) => field.value.startsWith(`${one.name} `) || field.value === one.name);
    hint.textContent = command ? `${command.name} ${command.hint ?? ""}${command.description ? ` — ${command.description}` : ""}` : "";
  };
  const handleKey = completions(field, shelf, changed);

  smile.addEventListener("click", () =>
    openPopup(
      smile,
      emojiPicker((name) => {
        field.setRangeText(glyph(name), field.selectionStart, field.selectionEnd, "end");
        changed();
        field.focus();
      }),
      { above: true, alignEnd: true, label: "Choose an emoji", role: "dialog" },
    ),
  );
  field.addEventListener("input", changed);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (handleKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    changed();
    await deliver(text);
  });

  async function deliver(text) {
    try {
      if (text.startsWith("/") && target?.()) await run(text);
      else await send(text);
    } catch (error) {
      say(error.message, "error");
      if (!field.value) field.value = text;
      changed();
    }
  }

  async function run(text) {
    hint.textContent = `Running ${text.split(" ")[0]} …`;
    await deed(world.me, "command", { ...target(), text }).finally(() => changed());
  }

  field.value = drafts.get(key) ?? "";
  requestAnimationFrame(changed);
  return {
    node: form,
    focus: () => field.focus(),
    write: (text) => {
      field.value = text;
      changed();
      field.focus();
      field.dispatchEvent(new Event("input"));
    },
  };
}
