// Draws messages and keeps a list of them up to date without touching those that did not change.

import { h } from "./dom.js";
import { deed } from "./api.js";
import { renderAttachments, renderBlocks } from "./blocks.js";
import { ask, askText } from "./dialog.js";
import { bytes, clock, count, dayName, fromTs, whenShort } from "./format.js";
import { icon } from "./icons.js";
import { image } from "./elements.js";
import { mrkdwn } from "./mrkdwn.js";
import { say } from "./notices.js";
import { avatar, isBot, nameOf, roleOf } from "./people.js";
import { addButton, reactionBar } from "./reactions.js";
import { repliesTo, world } from "./store.js";
import { openThread } from "./ui.js";

const TOGETHER_S = 300;

/** Who wrote a message: a person's id, or the bot's. */
export const authorOf = (message) => message.user ?? message.bot_id ?? "";
const authorName = (message) =>
  message.username ?? (message.user ? nameOf(message.user) : (message.bot_profile?.name ?? nameOf(message.bot_id)));

const continues = (message, before) =>
  before &&
  authorOf(before) === authorOf(message) &&
  Boolean(before.ephemeral_to) === Boolean(message.ephemeral_to) &&
  Number(message.ts) - Number(before.ts) < TOGETHER_S &&
  dayName(fromTs(message.ts)) === dayName(fromTs(before.ts)) &&
  !before.reply_count;

/** Draw one message. `compact` leaves out the face and the name. */
export function messageNode(message, { compact = false, inThread = false } = {}) {
  const id = authorOf(message);
  const at = fromTs(message.ts);
  const only = Boolean(message.ephemeral_to);
  const stamp = h("time", { class: "stamp", datetime: at.toISOString(), title: at.toLocaleString("en-GB") }, clock(at));
  const edited = message.edited ? h("span", { class: "edited" }, "(edited)") : null;
  return h(
    "article",
    {
      class: `message${compact ? " compact" : ""}${only ? " ephemeral" : ""}`,
      tabindex: "-1",
      dataset: { ts: message.ts, author: id },
      "aria-label": `${authorName(message)} at ${clock(at)}`,
    },
    h("div", { class: "gutter" }, compact ? stamp : avatar(id, 36, authorName(message))),
    h(
      "div",
      { class: "message-main" },
      only ? h("p", { class: "only-you" }, icon("eye", 14), "Only visible to you") : null,
      compact
        ? null
        : h(
            "header",
            { class: "byline" },
            h("strong", { class: "author" }, authorName(message)),
            isBot(id) ? h("span", { class: "badge" }, "APP") : null,
            world.people.get(id)?.is_stranger ? h("span", { class: "badge" }, roleOf(id)) : null,
            stamp,
          ),
      content(message),
      edited,
      (message.files ?? []).map(fileCard),
      reactionBar(message),
      inThread ? null : threadFooter(message),
    ),
    only || message.subtype === "tombstone" ? null : toolbar(message, inThread),
  );
}

function content(message) {
  if (message.subtype === "tombstone") return h("p", { class: "muted" }, "This message was deleted.");
  const surface = { channel: message.channel, ts: message.ts };
  // What a person typed comes with a rich_text copy that holds its marks as they were typed; the text says the same.
  const typed = Boolean(message.client_msg_id && message.text);
  const body =
    message.blocks?.length && !typed
      ? renderBlocks(message.blocks, surface)
      : message.text
        ? h("div", { class: "text" }, mrkdwn(message.text))
        : null;
  return h("div", { class: "content" }, body, message.attachments?.length ? renderAttachments(message.attachments, surface) : null);
}

function fileCard(file) {
  const url = file.url_private ?? file.permalink ?? file.url_private_download;
  const name = file.title || file.name || "file";
  if (file.mimetype?.startsWith("image/") && url)
    return h(
      "a",
      { class: "file-image", href: url, target: "_blank", rel: "noopener" },
      image({ image_url: url, alt_text: name }, "picture-image"),
    );
  return h(
    "a",
    { class: "file-card", href: url ?? null, target: "_blank", rel: "noopener" },
    icon("file", 22),
    h("span", null, h("strong", null, name), h("small", null, file.size === undefined ? (file.filetype ?? "") : bytes(file.size))),
  );
}

function threadFooter(message) {
  const replies = repliesTo(message.channel, message.ts).filter((reply) => !reply.ephemeral_to);
  const total = Math.max(replies.length, message.reply_count ?? 0);
  if (!total) return null;
  const latest = replies.at(-1)?.ts ?? message.latest_reply;
  const faces = [...new Set(replies.map(authorOf))].slice(0, 4);
  return h(
    "button",
    { type: "button", class: "thread-link", dataset: { testid: "thread-link" }, onclick: () => openThread(message.channel, message.ts) },
    h(
      "span",
      { class: "faces" },
      faces.map((id) => avatar(id, 22)),
    ),
    h("strong", null, count(total, "reply", "replies")),
    latest ? h("span", { class: "muted" }, `Last reply ${whenShort(fromTs(latest))}`) : null,
    icon("right", 14),
  );
}

function toolbar(message, inThread) {
  const own = message.user === world.me;
  const tool = (name, label, onclick) =>
    h("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick }, icon(name, 18));
  return h(
    "div",
    { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
    addButton(message, "tool"),
    inThread ? null : tool("reply", "Reply in thread", () => openThread(message.channel, message.ts)),
    own ? [tool("pencil", "Edit message", () => edit(message)), tool("trash", "Delete message", () => remove(message))] : null,
  );
}

async function edit(message) {
  const text = await askText({ title: "Edit message", value: message.text });
  if (text !== null) await attempt("edit", { channel: message.channel, ts: message.ts, text });
}

async function remove(message) {
  const sure = await ask({
    title: "Delete message",
    text: "Delete this message? It cannot be undone.",
    confirm: "Delete",
    style: "danger",
  });
  if (sure) await attempt("delete", { channel: message.channel, ts: message.ts });
}

async function attempt(name, body) {
  try {
    await deed(world.me, name, body);
  } catch (error) {
    say(error.message, "error");
  }
}

/**
 * Keep `root` showing a list of messages. `entries` is drawn again by `show(messages, options)`: unchanged messages keep
 * their nodes. Options: `inThread`, `newSince` (a `ts`: a line is drawn above the first later message).
 */
export function messageList(root) {
  let known = new Map();
  const show = (messages, { inThread = false, newSince = null } = {}) => {
    const next = new Map();
    const put = (key, signature, make) => {
      const old = known.get(key);
      next.set(key, old?.signature === signature ? old : { signature, node: make() });
    };
    let lineDrawn = newSince === null || newSince === "0";
    messages.forEach((message, i) => {
      const before = messages[i - 1];
      const date = dayName(fromTs(message.ts));
      const newDay = !before || dayName(fromTs(before.ts)) !== date;
      if (newDay && !inThread) put(`day-${date}`, date, () => h("div", { class: "day", role: "separator" }, h("span", null, date)));
      const unreadHere = !lineDrawn && message.ts > newSince && message.user !== world.me;
      if (unreadHere) {
        lineDrawn = true;
        put("new", message.ts, () => h("div", { class: "new-line", role: "separator" }, h("span", null, "New")));
      }
      const options = { inThread, compact: !newDay && !unreadHere && !(inThread && i === 1) && continues(message, before) };
      const replies = inThread ? 0 : repliesTo(message.channel, message.ts).map((reply) => [reply.ts, authorOf(reply)]);
      put(message.ts, JSON.stringify([message, options, replies]), () => messageNode(message, options));
      if (inThread && i === 0) {
        const label = messages.length > 1 ? count(messages.length - 1, "reply", "replies") : "No replies yet";
        put("count", label, () => h("div", { class: "reply-line", role: "separator" }, h("span", null, label)));
      }
    });
    place(
      root,
      [...next.values()].map((entry) => entry.node),
    );
    known = next;
  };
  return {
    show,
    clear: () => {
      known = new Map();
      root.replaceChildren();
    },
  };
}

function place(root, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...root.children]) if (!wanted.has(node)) node.remove();
  nodes.forEach((node, i) => {
    if (root.children[i] !== node) root.insertBefore(node, root.children[i] ?? null);
  });
}
