// Renders the standard Markdown of a `markdown` block as DOM nodes.

import { bundle, h } from "./dom.js";
import { emojiNode, link } from "./mrkdwn.js";
import { glyph } from "./emoji.js";

const INLINE = [
  [/^\\([\\`*_{}[\]()#+\-.!~|>])/, (m) => m[1]],
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, (m) => h("code", null, m[2])],
  [/^!\[([^\]]*)\]\(([^)\s]+)[^)]*\)/, (m) => link(m[2], m[1] || m[2])],
  [/^\[([^\]]+)\]\(([^)\s]+)[^)]*\)/, (m) => link(m[2], bundle(inline(m[1])))],
  [/^<(https?:[^>\s]+)>/, (m) => link(m[1], m[1])],
  [/^\*\*(?=\S)([\s\S]*?\S)\*\*/, (m) => h("strong", null, inline(m[1]))],
  [/^__(?=\S)([\s\S]*?\S)__/, (m) => h("strong", null, inline(m[1]))],
  [/^~~(?=\S)([\s\S]*?\S)~~/, (m) => h("s", null, inline(m[1]))],
  [/^\*(?=\S)([\s\S]*?\S)\*(?!\*)/, (m) => h("em", null, inline(m[1]))],
  [/^_(?=\S)([\s\S]*?\S)_(?![\p{L}\p{N}_])/u, (m) => h("em", null, inline(m[1]))],
  [/^:([a-z0-9_+-]+):/i, (m) => (glyph(m[1]) ? emojiNode(m[1]) : m[0])],
  [/^https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]'"*_~`]/i, (m) => link(m[0], m[0])],
];

function inline(text) {
  const out = [];
  let word = "";
  let i = 0;
  while (i < text.length) {
    const rest = text.slice(i);
    const inWord = /[\p{L}\p{N}]$/u.test(word);
    const hit = INLINE.map(([pattern, make]) => [pattern.exec(rest), make]).find(
      ([match]) => match && !(inWord && /^(?:_|http)/.test(match[0])),
    );
    if (!hit) {
      word += text[i++];
      continue;
    }
    if (word) out.push(word);
    word = "";
    out.push(hit[1](hit[0]));
    i += hit[0][0].length;
  }
  if (word) out.push(word);
  return out;
}

const lines = (text) =>
  inline(text).flatMap((part) =>
    typeof part === "string" ? part.split(/(?: {2,}|\\)?\n/).flatMap((line, i) => (i ? [h("br"), line] : [line])) : [part],
  );

/** Render Markdown: headings, lists, quotes, code, tables, rules and the inline styles. */
export function markdown(text) {
  return bundle(
    blocks(
      String(text ?? "")
        .replace(/\r/g, "")
        .split("\n"),
    ),
  );
}

function blocks(source) {
  const out = [];
  let i = 0;
  while (i < source.length) {
    const [node, next] = blockAt(source, i);
    if (node) out.push(node);
    i = next;
  }
  return out;
}

function blockAt(source, i) {
  const line = source[i];
  if (!line.trim()) return [null, i + 1];
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) return [h(`h${Math.min(6, heading[1].length + 2)}`, { class: `md-h md-h${heading[1].length}` }, inline(heading[2])), i + 1];
  if (/^(```|~~~)/.test(line)) return fence(source, i);
  if (/^ {0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) return [h("hr"), i + 1];
  if (/^>/.test(line))
    return gather(
      source,
      i,
      (next) => /^>/.test(next),
      (part) => h("blockquote", null, blocks(part.map((entry) => entry.replace(/^> ?/, "")))),
    );
  if (isItem(line)) return list(source, i);
  if (/\|/.test(line) && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(source[i + 1] ?? "")) return table(source, i);
  return gather(
    source,
    i,
    (next, at) => at === i || !startsBlock(next),
    (part) => h("p", null, lines(part.join("\n"))),
  );
}

const isItem = (line) => /^\s*([-*+]|\d+[.)])\s+/.test(line);
const startsBlock = (line) => !line.trim() || isItem(line) || /^(#{1,6}\s|```|~~~|>)/.test(line);

function gather(source, i, belongs, make) {
  let end = i;
  while (end < source.length && belongs(source[end], end)) end += 1;
  return [make(source.slice(i, end)), end];
}

function fence(source, i) {
  const mark = source[i].slice(0, 3);
  let end = i + 1;
  while (end < source.length && !source[end].startsWith(mark)) end += 1;
  return [h("pre", { class: "code-block" }, h("code", null, source.slice(i + 1, end).join("\n"))), end + 1];
}

function list(source, i) {
  const indent = /^\s*/.exec(source[i])[0].length;
  const numbered = /^\s*\d/.test(source[i]);
  const node = h(numbered ? "ol" : "ul", numbered ? { start: Number.parseInt(source[i].trim(), 10) } : null);
  let at = i;
  while (at < source.length && isItem(source[at]) && /^\s*/.exec(source[at])[0].length >= indent) {
    const own = [source[at].replace(/^\s*([-*+]|\d+[.)])\s+/, "")];
    at += 1;
    const nested = [];
    while (at < source.length && source[at].trim() && /^\s*/.exec(source[at])[0].length > indent) nested.push(source[at++]);
    node.append(item(own[0], nested));
  }
  return [node, at];
}

function item(text, nested) {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
  const body = task
    ? [h("span", { class: "md-task", "aria-hidden": "true" }, task[1] === " " ? "☐" : "☑"), " ", inline(task[2])]
    : inline(text);
  const depth = Math.min(...nested.map((line) => /^\s*/.exec(line)[0].length));
  return h("li", null, body, nested.length ? blocks(nested.map((line) => line.slice(depth))) : null);
}

function table(source, i) {
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replace(/\\\|/g, "|"));
  const aligns = cells(source[i + 1]).map((cell) => (/^:-+:$/.test(cell) ? "center" : /-:$/.test(cell) ? "right" : "left"));
  const row = (tag, line) =>
    h(
      "tr",
      null,
      cells(line).map((cell, at) => h(tag, { class: `align-${aligns[at] ?? "left"}` }, inline(cell))),
    );
  let end = i + 2;
  const body = [];
  while (end < source.length && source[end].includes("|")) body.push(row("td", source[end++]));
  return [h("div", { class: "table-frame" }, h("table", null, h("thead", null, row("th", source[i])), h("tbody", null, body))), end];
}
