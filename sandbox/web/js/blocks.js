// Renders Block Kit: every block a bot may put into a message, a modal or its Home tab, and attachments with their colour bar.

import { bundle, h, uid } from "./dom.js";
import { alertBlock, card, carousel, container, plan, taskCard } from "./cards.js";
import { chart } from "./charts.js";
import { element, image } from "./elements.js";
import { markdown } from "./markdown.js";
import { link, mrkdwn, plain, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./tables.js";
import { isSelect } from "./selects.js";
import { words } from "./picker.js";

const COLOURS = { good: "var(--green)", warning: "var(--amber)", danger: "var(--red)" };
const RENDER = {
  section,
  header: (block) => h("h3", { class: "block-header" }, textObject(block.text)),
  divider: () => h("hr", { class: "divider" }),
  context,
  actions,
  input,
  image: imageBlock,
  rich_text: richText,
  markdown: (block) => h("div", { class: "markdown" }, markdown(block.text)),
  table,
  data_table: dataTable,
  data_visualization: chart,
  plan,
  task_card: taskCard,
  card,
  carousel,
  container: (block, surface) => container(block, surface, renderBlocks),
  alert: alertBlock,
  context_actions: actions,
  file: (block) => h("p", { class: "muted" }, `File ${block.external_id ?? ""}`),
  video,
};

/** Render blocks. `surface` is where they stand: `{channel, ts}`, `{view_id, form}` or `{home: true}`. */
export function renderBlocks(blocks, surface) {
  return bundle(
    (blocks ?? []).map((block) => {
      const render = RENDER[block.type];
      const inside = render ? render(block, surface) : h("p", { class: "unknown" }, `This page cannot draw a ${block.type} block.`);
      return h("div", { class: `block block-${block.type}`, dataset: { block: block.block_id ?? "", type: block.type } }, inside);
    }),
  );
}

function section(block, surface) {
  const wide = block.accessory && (isSelect(block.accessory) || ["checkboxes", "radio_buttons"].includes(block.accessory.type));
  return h(
    "div",
    { class: `section${block.accessory ? " has-accessory" : ""}${wide ? " wide-accessory" : ""}` },
    h(
      "div",
      { class: "section-main" },
      block.text ? h("div", { class: "section-text" }, textObject(block.text)) : null,
      block.fields?.length
        ? h(
            "div",
            { class: "fields" },
            block.fields.map((field) => h("div", { class: "fact" }, textObject(field))),
          )
        : null,
    ),
    block.accessory
      ? h(
          "div",
          { class: "accessory" },
          element(block.accessory, block, surface, {
            label: isSelect(block.accessory) ? words(block.text).replace(/[*_`~]/g, "") || undefined : undefined,
          }),
        )
      : null,
  );
}

function context(block) {
  return h(
    "div",
    { class: "context" },
    (block.elements ?? []).map((part) => (part.type === "image" ? image(part, "context-image") : h("span", null, textObject(part)))),
  );
}

function actions(block, surface) {
  return h(
    "div",
    { class: "actions" },
    (block.elements ?? []).map((spec) => element(spec, block, surface)),
  );
}

function imageBlock(block) {
  return h(
    "figure",
    { class: "picture" },
    block.title ? h("figcaption", null, textObject(block.title)) : null,
    image(block, "picture-image"),
  );
}

function video(block) {
  return h(
    "div",
    { class: "card" },
    h(
      "div",
      { class: "card-body" },
      h("strong", null, block.title_url ? link(block.title_url, words(block.title)) : words(block.title)),
      block.description ? h("div", null, textObject(block.description)) : null,
    ),
  );
}

function input(block, surface) {
  const [id, labelId, hintId, errorId] = [uid("field"), uid("label"), uid("hint"), uid("error")];
  const grouped = ["checkboxes", "radio_buttons"].includes(block.element?.type);
  const error = surface.form?.errors?.[block.block_id];
  const describedby = [block.hint ? hintId : null, error ? errorId : null].filter(Boolean).join(" ") || null;
  const control = element(block.element, block, surface, { id, labelId, describedby });
  const aim = control.matches?.("input, textarea") ? control : control.querySelector?.("input, textarea");
  if (error) aim?.setAttribute("aria-invalid", "true");
  if (!block.optional) aim?.setAttribute("aria-required", "true");
  return h(
    "div",
    { class: `input-block${error ? " has-error" : ""}` },
    h(
      grouped ? "span" : "label",
      { class: "label", id: labelId, for: grouped ? null : id },
      textObject(block.label),
      block.optional ? h("span", { class: "optional" }, " (optional)") : null,
    ),
    control,
    error ? h("p", { class: "field-error", id: errorId, role: "alert" }, plain(error)) : null,
    block.hint ? h("p", { class: "hint", id: hintId }, textObject(block.hint)) : null,
  );
}

/** Render attachments: a bar in their colour, with blocks or with the older fields. */
export function renderAttachments(attachments, surface) {
  return bundle(
    (attachments ?? []).map((one) => {
      const colour = COLOURS[one.color] ?? (one.color ? `#${String(one.color).replace(/^#/, "")}` : null);
      return h(
        "div",
        { class: "attachment", style: colour ? { "--bar": colour } : {} },
        one.pretext ? h("div", { class: "attachment-pretext" }, mrkdwn(one.pretext)) : null,
        one.blocks?.length ? renderBlocks(one.blocks, surface) : legacy(one),
      );
    }),
  );
}

function legacy(one) {
  return [
    one.author_name ? h("div", { class: "muted" }, one.author_name) : null,
    one.title ? h("strong", null, one.title_link ? link(one.title_link, one.title) : one.title) : null,
    one.text || one.fallback ? h("div", { class: "section-text" }, mrkdwn(one.text ?? one.fallback)) : null,
    one.fields?.length
      ? h(
          "div",
          { class: "fields" },
          one.fields.map((field) =>
            h("div", { class: `fact${field.short ? "" : " long"}` }, h("strong", null, field.title), h("div", null, mrkdwn(field.value))),
          ),
        )
      : null,
    one.footer ? h("div", { class: "context" }, h("span", null, one.footer)) : null,
  ];
}
