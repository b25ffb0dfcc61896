// Renders `rich_text` blocks: sections, lists, quotes, preformatted text and their styled elements.

import { h } from "./dom.js";
import { channelLink, dateNode, emojiNode, groupMention, link, plain, userMention } from "./mrkdwn.js";

const TAGS = [
  ["bold", "strong"],
  ["italic", "em"],
  ["strike", "s"],
  ["underline", "u"],
  ["code", "code"],
];

/** Render a whole `rich_text` block. */
export function richText(block) {
  return h("div", { class: "rich" }, (block.elements ?? []).map(part));
}

function part(element) {
  const children = element.elements ?? [];
  switch (element.type) {
    case "rich_text_section":
      return h("div", { class: "rich-section" }, inlines(children));
    case "rich_text_list":
      return list(element, children);
    case "rich_text_quote":
      return h("blockquote", null, inlines(children));
    case "rich_text_preformatted":
      return h(
        "pre",
        { class: "code-block" },
        h(
          "code",
          null,
          children.map((child) => (child.type === "link" ? (child.text ?? child.url) : (child.text ?? ""))),
        ),
      );
    default:
      return inline(element);
  }
}

function list(element, children) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const start = tag === "ol" && element.offset ? element.offset + 1 : null;
  return h(
    tag,
    { class: `rich-list indent-${Math.min(4, element.indent ?? 0)}`, start },
    children.map((child) => h("li", null, part(child))),
  );
}

const inlines = (children) => children.map(inline);

function inline(element) {
  const node = bare(element);
  const style = element.style ?? {};
  return TAGS.filter(([name]) => style[name]).reduce((inner, [, tag]) => h(tag, null, inner), node);
}

function bare(element) {
  switch (element.type) {
    case "text":
      return h("span", null, plain(element.text, !element.style?.code));
    case "link":
      return link(element.url, element.text ?? element.url);
    case "user":
      return userMention(element.user_id);
    case "usergroup":
      return groupMention(element.usergroup_id);
    case "channel":
      return channelLink(element.channel_id);
    case "broadcast":
      return h("span", { class: "mention mention-all" }, `@${element.range}`);
    case "emoji":
      return emojiNode(element.name);
    case "date":
      return dateNode(element.timestamp, element.format ?? "{date}", element.url, element.fallback);
    case "color":
      return h("span", { class: "color-chip" }, h("span", { class: "swatch", style: { background: element.value } }), element.value);
    case "team":
      return h("span", { class: "mention" }, element.team_id);
    default:
      return element.text ?? "";
  }
}
