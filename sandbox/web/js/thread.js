// The panel beside a channel that shows one thread and where one replies.

import { fill, h } from "./dom.js";
import { deed } from "./api.js";
import { composer } from "./composer.js";
import { icon } from "./icons.js";
import { messageList } from "./messages.js";
import { channelName } from "./people.js";
import { stickToEnd } from "./scroll.js";
import { threadOf, world } from "./store.js";
import { closeThread, ui } from "./ui.js";

let open = null;

/** Bring the panel in step with which thread is open. */
export function showThread(panel) {
  panel.hidden = !ui.thread;
  if (!ui.thread) {
    open = null;
    fill(panel);
    return;
  }
  const key = `${world.me}/${ui.thread.channel}/${ui.thread.ts}`;
  if (open?.key !== key) open = build(panel, key, ui.thread);
  refreshThread();
}

/** Draw the thread's messages again. */
export function refreshThread() {
  if (!open) return;
  const { channel, ts } = open.thread;
  open.scroll.settle(() => open.list.show(threadOf(channel, ts), { inThread: true }));
}

function build(panel, key, thread) {
  const box = h("div", {
    class: "messages",
    role: "log",
    "aria-live": "polite",
    "aria-label": "Thread",
    tabindex: "0",
    dataset: { testid: "thread-messages" },
  });
  const writer = composer({
    key: `thread:${key}`,
    label: "Reply…",
    send: (text) => deed(world.me, "say", { channel: thread.channel, text, thread_ts: thread.ts }),
    target: () => ({ channel: thread.channel, thread_ts: thread.ts }),
  });
  fill(
    panel,
    h(
      "header",
      { class: "panel-head" },
      h(
        "div",
        { class: "panel-title" },
        h("h2", null, "Thread"),
        h("small", null, world.channels.get(thread.channel)?.is_im ? "direct message" : `#${channelName(thread.channel)}`),
      ),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close thread", onclick: closeThread }, icon("close")),
    ),
    box,
    writer.node,
  );
  writer.focus();
  const scroll = stickToEnd(box);
  scroll.toEnd();
  return { key, thread, list: messageList(box), scroll };
}
