// Shows the bot's modals: the top of the stack, with what was entered, errors at their fields, and live updates.

import { fill, h, uid } from "./dom.js";
import { deed } from "./api.js";
import { pending } from "./acting.js";
import { renderBlocks } from "./blocks.js";
import { closeButton, openLayer } from "./dialog.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";
import { words } from "./picker.js";
import { closeOrphan } from "./popup.js";
import { world } from "./store.js";

let shown = null;
const forms = new Map();

/** What a person entered into one view; it outlives the view's updates as long as block and action keep their ids. */
export function makeForm(view, onEdit = () => {}) {
  const entries = new Map();
  const key = (block, spec) => `${block.block_id}/${spec.action_id}`;
  return {
    errors: {},
    stated: view.state?.values ?? {},
    get(block, spec) {
      if (entries.has(key(block, spec))) return entries.get(key(block, spec)).kept;
      return statedValue(this.stated[block.block_id]?.[spec.action_id]);
    },
    set(block, spec, kept, value) {
      entries.set(key(block, spec), { block_id: block.block_id, kept, value, isInput: block.type === "input" });
      delete this.errors[block.block_id];
      onEdit(block.block_id);
    },
    values() {
      return Object.fromEntries([...entries.values()].filter((entry) => entry.isInput).map((entry) => [entry.block_id, entry.value]));
    },
  };
}

function statedValue(state) {
  if (!state) return undefined;
  const found = Object.entries(state).find(([name]) => name !== "type");
  return found ? found[1] : undefined;
}

function formOf(view) {
  if (!forms.has(view.id))
    forms.set(
      view.id,
      makeForm(view, (blockId) => clearError(view.id, blockId)),
    );
  const form = forms.get(view.id);
  form.stated = view.state?.values ?? form.stated;
  return form;
}

function clearError(viewId, blockId) {
  if (shown?.view.id !== viewId) return;
  const block = shown.body.querySelector(`[data-block="${CSS.escape(blockId)}"] .has-error`);
  block?.classList.remove("has-error");
  block?.querySelector(".field-error")?.remove();
  block?.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
}

/** Bring the page in step with the person's open views. */
export function showViews() {
  const view = world.views.at(-1);
  const open = new Set(world.views.map((one) => one.id));
  for (const id of forms.keys()) if (!open.has(id)) forms.delete(id);
  if (!view) {
    shown?.remove();
    shown = null;
    return;
  }
  if (!shown) shown = frame();
  draw(view);
}

function frame() {
  const titleId = uid("modal");
  const head = h("header", { class: "dialog-head" });
  const body = h("div", { class: "dialog-body blocks" });
  const foot = h("footer", { class: "dialog-foot" });
  const box = h(
    "form",
    {
      class: "dialog modal",
      role: "dialog",
      "aria-modal": "true",
      "aria-labelledby": titleId,
      novalidate: true,
      dataset: { testid: "modal" },
    },
    head,
    body,
    foot,
  );
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  const remove = openLayer(box, close);
  return { box, head, body, foot, titleId, remove, view: { id: "" } };
}

function draw(view) {
  const isNew = shown.view.id !== view.id;
  const at = isNew ? null : focusedField();
  const scrolled = isNew ? 0 : shown.body.scrollTop;
  const form = formOf(view);
  shown.view = view;
  shown.box.dataset.view = view.id;
  fill(
    shown.head,
    world.views.length > 1
      ? h("button", { type: "button", class: "icon-button", "aria-label": "Back", onclick: close }, icon("back"))
      : null,
    h("h2", { id: shown.titleId }, textObject(view.title)),
    closeButton(close),
  );
  fill(shown.body, h("div", { class: "modal-error", role: "alert" }), renderBlocks(view.blocks, { view_id: view.id, form }));
  fill(
    shown.foot,
    h("button", { type: "button", class: "button", onclick: close }, view.close ? textObject(view.close) : "Close"),
    view.submit
      ? h("button", { type: "submit", class: "button primary", disabled: Boolean(view.submit_disabled) }, textObject(view.submit))
      : null,
  );
  shown.body.scrollTop = scrolled;
  closeOrphan();
  if (isNew)
    (
      shown.body.querySelector("[autofocus]") ??
      shown.body.querySelector("input, textarea, button") ??
      shown.head.querySelector("button")
    )?.focus({ preventScroll: true });
  else restoreFocus(at);
}

function focusedField() {
  const active = document.activeElement;
  const block = active?.closest?.("[data-block]");
  if (!block || !shown.body.contains(active)) return shown.box.contains(active) ? { foot: active.type === "submit" } : null;
  const place = [...block.querySelectorAll("input, textarea, button")].indexOf(active);
  return { block: block.dataset.block, place, start: active.selectionStart ?? null, end: active.selectionEnd ?? null };
}

function restoreFocus(at) {
  if (!at) return;
  if (at.block === undefined) return void (at.foot && shown.foot.querySelector("[type=submit]")?.focus());
  const field = shown.body.querySelector(`[data-block="${CSS.escape(at.block)}"]`)?.querySelectorAll("input, textarea, button")[at.place];
  field?.focus({ preventScroll: true });
  if (at.start !== null && field && /^(text|textarea|email|url)$/.test(field.type) && field.type !== "email")
    field.setSelectionRange(at.start, at.end);
}

async function submit() {
  const { view } = shown;
  const button = shown.foot.querySelector("[type=submit]");
  if (!button || button.disabled) return;
  pending(button, true);
  const answer = await deed(world.me, "submit", { view_id: view.id, values: forms.get(view.id)?.values() ?? {} }).catch((error) => ({
    ok: false,
    error: error.message,
  }));
  pending(button, false);
  if (answer.ok || shown?.view.id !== view.id) return;
  const form = formOf(view);
  form.errors = answer.errors ?? {};
  draw(shown.view);
  const strangers = Object.keys(form.errors).filter((id) => !shown.body.querySelector(`[data-block="${CSS.escape(id)}"] .input-block`));
  if (!answer.errors) complain(`We had some trouble connecting. Try again? (${answer.error ?? "unknown error"})`);
  else if (strangers.length) complain(strangers.map((id) => form.errors[id]).join(" "));
  const wrong = shown.body.querySelector(".has-error");
  wrong?.scrollIntoView({ block: "center" });
  wrong?.querySelector("input, textarea")?.focus({ preventScroll: true });
}

function complain(text) {
  const banner = shown.body.querySelector(".modal-error");
  fill(banner, icon("alert"), words(text));
  banner.scrollIntoView({ block: "nearest" });
}

async function close() {
  const { view } = shown;
  const answer = await deed(world.me, "close", { view_id: view.id }).catch((error) => ({ ok: false, error: error.message }));
  if (answer.ok !== false) return;
  world.views = world.views.filter((one) => one.id !== view.id);
  showViews();
}
