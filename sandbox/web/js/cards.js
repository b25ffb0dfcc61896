// Renders the blocks that group others: plan, task_card, card, carousel, container and alert.

import { h, uid } from "./dom.js";
import { element, image } from "./elements.js";
import { icon, statusIcon } from "./icons.js";
import { link, plain, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const STATES = { pending: "queued", in_progress: "running", complete: "success", error: "failure" };
const title = (value) => (typeof value === "string" ? plain(value) : textObject(value));

/** Render a `task_card`: its state, title, details, output and sources. */
export function taskCard(block) {
  const sources = block.sources ?? [];
  return h(
    "div",
    { class: "task", dataset: { status: block.status ?? "pending" } },
    statusIcon(STATES[block.status] ?? "queued", 18),
    h(
      "div",
      { class: "task-text" },
      block.hide_title ? null : h("div", { class: "task-title" }, title(block.title)),
      block.details ? h("div", { class: "task-details" }, richText(block.details)) : null,
      block.output ? h("div", { class: "task-output" }, richText(block.output)) : null,
      sources.length
        ? h(
            "div",
            { class: "task-sources" },
            sources.map((source) => link(source.url, source.text ?? source.url)),
          )
        : null,
    ),
  );
}

/** Render a `plan`: a titled list of tasks with how many are done. */
export function plan(block) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((task) => task.status === "complete").length;
  return h(
    "section",
    { class: "plan" },
    h(
      "header",
      { class: "plan-head" },
      h("strong", null, title(block.title)),
      tasks.length ? h("span", { class: "plan-count" }, `${done} of ${tasks.length}`) : null,
    ),
    tasks.length
      ? h(
          "div",
          {
            class: "progress",
            role: "progressbar",
            "aria-valuemin": "0",
            "aria-valuemax": String(tasks.length),
            "aria-valuenow": String(done),
          },
          h("span", { style: { width: `${(100 * done) / tasks.length}%` } }),
        )
      : null,
    tasks.map(taskCard),
  );
}

/** Render a `card`. */
export function card(block, surface) {
  return h(
    "article",
    { class: "card" },
    block.hero_image ? image(block.hero_image, "card-hero") : null,
    h(
      "div",
      { class: "card-body" },
      h(
        "header",
        { class: "card-head" },
        block.icon ? image(block.icon, "card-icon") : null,
        h(
          "div",
          null,
          block.title ? h("strong", { class: "card-title" }, title(block.title)) : null,
          block.subtitle ? h("small", { class: "card-subtitle" }, title(block.subtitle)) : null,
        ),
      ),
      block.body ? h("div", { class: "card-text" }, textObject(block.body)) : null,
      block.subtext ? h("small", { class: "card-subtitle" }, textObject(block.subtext)) : null,
      block.actions?.length
        ? h(
            "div",
            { class: "actions" },
            block.actions.map((spec) => element(spec, block, surface)),
          )
        : null,
    ),
  );
}

/** Render a `carousel`: cards in a row that scrolls sideways. */
export const carousel = (block, surface) =>
  h(
    "div",
    { class: "carousel", tabindex: "0", role: "region", "aria-label": "Cards" },
    (block.elements ?? []).map((one) => card({ block_id: block.block_id, ...one }, surface)),
  );

/** Render a `container`: a titled frame around other blocks that may be folded. `inside` renders those. */
export function container(block, surface, inside) {
  const id = uid("container");
  const folded = Boolean(block.is_collapsible && block.default_collapsed);
  const heading = [
    block.icon ? image(block.icon, "card-icon") : null,
    h(
      "span",
      { class: "container-title" },
      block.rich_text_title ? richText(block.rich_text_title) : title(block.title),
      block.subtitle ? h("small", null, title(block.subtitle)) : null,
    ),
  ];
  const body = h("div", { class: "container-body", id, hidden: folded }, inside(block.child_blocks ?? [], surface));
  if (!block.is_collapsible)
    return h(
      "section",
      { class: `container width-${block.width ?? "standard"}${block.has_header_divider ? " divided" : ""}` },
      h("header", { class: "container-head" }, heading),
      body,
    );
  const head = h(
    "button",
    { type: "button", class: "container-head", "aria-expanded": String(!folded), "aria-controls": id },
    heading,
    icon("down", 16),
  );
  head.addEventListener("click", () => {
    body.hidden = !body.hidden;
    head.setAttribute("aria-expanded", String(!body.hidden));
  });
  return h("section", { class: `container width-${block.width ?? "standard"}` }, head, body);
}

/** Render an `alert`. */
export const alertBlock = (block) =>
  h(
    "div",
    { class: `alert alert-${block.level ?? "default"}`, role: "note" },
    icon(["warning", "error"].includes(block.level) ? "alert" : block.level === "success" ? "check" : "info"),
    h("div", null, textObject(block.text)),
  );
