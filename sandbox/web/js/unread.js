// Remembers, for each person, how far they have read each channel.

import { timeline, world } from "./store.js";

const key = (channel) => `sandbox:read:${world.me}:${channel}`;

/** The `ts` up to which the person has read a channel ("0": nothing). */
export const lastRead = (channel) => localStorage.getItem(key(channel)) ?? "0";

/** Everything in the channel has been seen. */
export function markRead(channel) {
  const last = timeline(channel).at(-1);
  if (last && last.ts > lastRead(channel)) localStorage.setItem(key(channel), last.ts);
}

/** Count what came after the last visit, and how much of it names the person. */
export function unread(channel) {
  const since = lastRead(channel);
  const fresh = timeline(channel).filter((message) => message.ts > since && message.user !== world.me);
  const mention = new RegExp(`<@${world.me}[|>]|<!(here|channel)>`);
  return {
    count: fresh.length,
    mentions: fresh.filter((message) => message.ephemeral_to === world.me || mention.test(message.text ?? "")).length,
  };
}
