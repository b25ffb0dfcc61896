// Renders Slack's mrkdwn as DOM nodes: bold, italics, code, quotes, links, mentions, dates and emoji.

import { bundle, h, safeHref } from "./dom.js";
import { glyph } from "./emoji.js";
import { slackDate } from "./format.js";
import { world } from "./store.js";
import { channelName, groupName, handleOf, nameOf } from "./people.js";

const STYLES = { "*": "strong", _: "em", "~": "s" };
const EMOJI = /:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/iy;
const BARE_URL = /https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)\]'"*_~`]/iy;

/** Undo Slack's three escapes. */
export const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

/** Render a text as mrkdwn. `verbatim` leaves bare addresses alone. */
export function mrkdwn(text, { verbatim = false } = {}) {
  const parts = String(text ?? "").split(/```([\s\S]*?)```/g);
  return bundle(parts.map((part, i) => (i % 2 ? preformatted(part) : paragraphs(part, verbatim, i > 0))));
}

/** Render the text object of a block: mrkdwn or plain_text. */
export function textObject(text) {
  if (!text) return bundle();
  if (typeof text === "string") return plain(text);
  return text.type === "mrkdwn" ? mrkdwn(text.text, text) : plain(text.text, text.emoji !== false);
}

/** Render a plain text: line breaks and emoji, nothing else. */
export function plain(text, emoji = true) {
  const lines = String(text ?? "").split("\n");
  return bundle(lines.map((line, i) => [i ? h("br") : null, emoji ? emojiRuns(line) : line]));
}

/** Draw one emoji, or its shortcode where it is unknown. */
export function emojiNode(name) {
  const unicode = glyph(name);
  return unicode ? h("span", { class: "emoji", role: "img", "aria-label": name, title: `:${name}:` }, unicode) : `:${name}:`;
}

function emojiRuns(line) {
  return line.split(/(:[a-z0-9_+'-]+(?:::skin-tone-\d)?:)/i).map((part) => {
    const name = /^:(.+):$/.exec(part)?.[1];
    return name && glyph(name) ? emojiNode(name) : part;
  });
}

function preformatted(raw) {
  const text = unescape(
    raw
      .replace(/^\n/, "")
      .replace(/\n$/, "")
      .replace(/<([^>|]+)(?:\|([^>]*))?>/g, (whole, url, label) => (/^[a-z]+:/i.test(url) ? (label ?? url) : whole)),
  );
  return h("pre", { class: "code-block" }, h("code", null, text));
}

function paragraphs(text, verbatim, afterCode) {
  const lines = (afterCode ? text.replace(/^\n/, "") : text).split("\n");
  const out = [];
  let quote = null;
  lines.forEach((line, i) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (!quote) out.push((quote = h("blockquote")));
      else quote.append(h("br"));
      quote.append(bundle(inline(quoted[1], verbatim)));
      return;
    }
    if (i > 0 && !quote && out.length) out.push(h("br"));
    quote = null;
    out.push(...inline(line, verbatim));
  });
  if (out.at(-1)?.nodeName === "BR" && text.endsWith("\n")) out.pop();
  return out;
}

function inline(text, verbatim) {
  const out = [];
  let word = "";
  const flush = () => {
    if (word) out.push(unescape(word));
    word = "";
  };
  let i = 0;
  while (i < text.length) {
    const found = tokenAt(text, i, verbatim);
    if (!found) {
      word += text[i++];
      continue;
    }
    flush();
    out.push(found.node);
    i = found.end;
  }
  flush();
  return out;
}

function tokenAt(text, i, verbatim) {
  const letter = text[i];
  if (letter === "`") return codeAt(text, i);
  if (letter === "<") return entityAt(text, i);
  if (letter === ":") return emojiAt(text, i);
  if (letter in STYLES) return styledAt(text, i, verbatim);
  if (letter === "h" && !verbatim && !/\w/.test(text[i - 1] ?? "")) return urlAt(text, i);
  return null;
}

function codeAt(text, i) {
  const end = text.indexOf("`", i + 1);
  if (end <= i + 1) return null;
  const inside = text
    .slice(i + 1, end)
    .replace(/<([^>|]+)(?:\|([^>]*))?>/g, (whole, url, label) => (/^[a-z]+:/i.test(url) ? (label ?? url) : whole));
  return { node: h("code", null, unescape(inside)), end: end + 1 };
}

function emojiAt(text, i) {
  EMOJI.lastIndex = i;
  const name = EMOJI.exec(text)?.[1];
  return name && glyph(name) ? { node: emojiNode(name), end: EMOJI.lastIndex } : null;
}

function urlAt(text, i) {
  BARE_URL.lastIndex = i;
  const url = BARE_URL.exec(text)?.[0];
  return url ? { node: link(unescape(url), unescape(url)), end: i + url.length } : null;
}

function styledAt(text, i, verbatim) {
  const mark = text[i];
  const opens = !/[\p{L}\p{N}]/u.test(text[i - 1] ?? "") && text[i - 1] !== mark && /\S/.test(text[i + 1] ?? "") && text[i + 1] !== mark;
  if (!opens) return null;
  for (let end = i + 1; end < text.length; end += 1) {
    if (text[end] === "`" || text[end] === "<") {
      const skip = text[end] === "`" ? text.indexOf("`", end + 1) : text.indexOf(">", end + 1);
      if (skip > 0) end = skip;
      continue;
    }
    const closes = text[end] === mark && /\S/.test(text[end - 1]) && !/[\p{L}\p{N}]/u.test(text[end + 1] ?? "") && text[end + 1] !== mark;
    if (closes && end > i + 1) return { node: h(STYLES[mark], null, inline(text.slice(i + 1, end), verbatim)), end: end + 1 };
  }
  return null;
}

function entityAt(text, i) {
  const end = text.indexOf(">", i);
  if (end < 0) return null;
  const [target, ...rest] = text.slice(i + 1, end).split("|");
  const node = entity(target, rest.length ? rest.join("|") : null);
  return node ? { node, end: end + 1 } : null;
}

function entity(target, label) {
  if (target.startsWith("@")) return userMention(target.slice(1), label);
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!")) return special(target.slice(1), label);
  const url = unescape(target);
  return /^(https?:|mailto:|\/)/i.test(url) ? link(url, label === null ? url.replace(/^mailto:/, "") : unescape(label)) : null;
}

function special(name, label) {
  const [kind, ...args] = name.split("^");
  if (["here", "channel", "everyone"].includes(kind)) return h("span", { class: "mention mention-all" }, `@${kind}`);
  if (kind === "subteam") return groupMention(args[0], label);
  if (kind === "date") return dateNode(args[0], args[1] ?? "{date}", args[2], label);
  return label ?? `<!${name}>`;
}

/** A date in the reader's own time; hovering shows the instant. */
export function dateNode(unix, format, url, fallback) {
  const valid = Number.isFinite(Number(unix));
  const text = valid ? slackDate(unix, format) : (fallback ?? String(unix));
  const time = h(
    "time",
    valid ? { datetime: new Date(Number(unix) * 1000).toISOString(), title: new Date(Number(unix) * 1000).toLocaleString("en-GB") } : null,
    text,
  );
  return url && safeHref(url) ? link(url, time) : time;
}

/** A mention of a person; one's own stands out. */
export function userMention(id, label) {
  const known = world.people.has(id);
  return h(
    "span",
    { class: `mention${id === world.me ? " mention-me" : ""}`, dataset: { user: id }, title: known ? nameOf(id) : null },
    `@${known ? handleOf(id) : label || id}`,
  );
}

/** A link to a channel that opens in place. */
export function channelLink(id, label) {
  const known = world.channels.has(id);
  return h(
    known ? "a" : "span",
    { class: "mention", href: known ? `/?c=${id}` : null, dataset: { channel: id } },
    `#${known ? channelName(id) : label || id}`,
  );
}

/** A mention of a user group. */
export const groupMention = (id, label) =>
  h("span", { class: "mention", dataset: { group: id } }, `@${(label || groupName(id)).replace(/^@/, "")}`);

/** A link; one with an address that must not be followed stays text. */
export function link(url, label) {
  const href = safeHref(url);
  if (!href) return bundle(label ?? url);
  const away = new URL(href).origin !== location.origin;
  return h(
    "a",
    { href, target: away ? "_blank" : null, rel: away ? "noopener noreferrer" : null },
    typeof label === "string" ? emojiRuns(label) : (label ?? url),
  );
}
