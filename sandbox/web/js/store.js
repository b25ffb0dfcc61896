// Holds the world as one person sees it, applies what happens to it, and tells who listens.

import { setClock } from "./format.js";

const listeners = new Map();

export const world = {
  me: "",
  team: null,
  people: new Map(),
  groups: new Map(),
  channels: new Map(),
  messages: new Map(),
  views: [],
  home: null,
  commands: [],
  github: { repos: [] },
  sockets: [],
  link: "lost",
  version: 0,
};

/** Call `listener` when `topic` changes: world, messages, views, home, github, link, commands, channels, notice. */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
}

/** Tell the listeners of `topic`. */
export function tell(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

const asList = (value) => (Array.isArray(value) ? value : Object.entries(value ?? {}).map(([id, entry]) => ({ id, ...entry })));
const byId = (value) => new Map(asList(value).map((entry) => [entry.id, entry]));

/** Take over a whole state as the control API gives it. */
export function load(state) {
  Object.assign(world, {
    me: state.me?.id ?? state.me,
    team: state.team,
    people: byId(state.people),
    groups: byId(state.usergroups ?? state.groups),
    channels: byId(state.channels),
    views: state.views ?? [],
    home: state.home ?? null,
    commands: state.commands ?? [],
    github: state.github ?? { repos: [] },
    version: state.version ?? 0,
  });
  if (state.now) setClock(state.now);
  world.messages = new Map();
  for (const [channel, messages] of Object.entries(state.messages ?? {})) {
    world.messages.set(channel, new Map(messages.map((message) => [message.ts, message])));
  }
  tell("world");
}

const messagesOf = (channel) => {
  if (!world.messages.has(channel)) world.messages.set(channel, new Map());
  return world.messages.get(channel);
};

function putMessage(change) {
  const message = change.message ?? change;
  const channel = change.channel ?? message.channel;
  if (!world.channels.has(channel)) tell("stale");
  const known = messagesOf(channel).get(message.ts);
  messagesOf(channel).set(message.ts, { ...(known?.reply_count ? { reply_count: known.reply_count } : {}), ...message });
  tell("messages", { channel, message, isNew: !known });
}

function dropMessage(change) {
  if (change.message?.subtype === "tombstone") return putMessage(change);
  const ts = change.ts ?? change.message?.ts;
  messagesOf(change.channel).delete(ts);
  return tell("messages", { channel: change.channel, isNew: false });
}

function react(change) {
  if (change.message?.ts) return putMessage(change);
  return tell("stale");
}

function putView(change) {
  const view = change.view ?? change;
  if ((change.user ?? world.me) !== world.me) return;
  const at = world.views.findIndex((known) => known.id === view.id);
  if (at >= 0) world.views[at] = view;
  else world.views.push(view);
  tell("views", view);
}

function dropView(change) {
  const id = change.view_id ?? change.view?.id ?? change.view;
  world.views = world.views.filter((view) => view.id !== id);
  tell("views");
}

function putRun(change) {
  const name = change.repo?.full_name ?? change.repo;
  const repo = world.github.repos.find((entry) => entry.full_name === name);
  if (!repo || !change.run) return tell("stale_github");
  const run = change.jobs ? { ...change.run, jobs: change.jobs } : change.run;
  if (run.deleted) repo.runs = repo.runs.filter((known) => known.id !== run.id);
  if (run.deleted) return tell("github");
  const at = repo.runs.findIndex((known) => known.id === run.id);
  if (at >= 0) repo.runs[at] = { ...repo.runs[at], ...run };
  else repo.runs.push(run);
  return tell("github");
}

const APPLY = {
  message: putMessage,
  ephemeral: putMessage,
  message_changed: putMessage,
  message_deleted: dropMessage,
  reaction: react,
  view_opened: putView,
  view_updated: putView,
  view_closed: dropView,
  home: (change) => {
    world.home = change.view ?? change.home ?? world.home;
    tell("home");
  },
  notice: (change) => tell("notice", change.notice ?? change),
  channel: () => tell("stale"),
  connection: () => tell("stale_sockets"),
  command_list: (change) => {
    world.commands = change.commands ?? world.commands;
    tell("commands");
  },
  run: putRun,
  tag: () => tell("stale_github"),
  deployment: () => tell("stale_github"),
  release: () => tell("stale_github"),
};

/** Apply one change of the feed; one that the state already holds is skipped. */
export function apply(change) {
  if (change.n <= world.version) return;
  world.version = change.n;
  APPLY[change.kind]?.(change);
}

/** Messages of a channel, oldest first: those at its top level, and replies that were also sent to it. */
export function timeline(channel) {
  return sorted(channel).filter((message) => isRoot(message) || message.subtype === "thread_broadcast");
}

/** A thread's first message and its replies, oldest first. */
export function threadOf(channel, ts) {
  return sorted(channel).filter((message) => message.ts === ts || message.thread_ts === ts);
}

/** The replies to a message. */
export const repliesTo = (channel, ts) => sorted(channel).filter((message) => message.thread_ts === ts && message.ts !== ts);

const isRoot = (message) => !message.thread_ts || message.thread_ts === message.ts;
const sorted = (channel) => [...(world.messages.get(channel)?.values() ?? [])].sort((a, b) => (a.ts < b.ts ? -1 : 1));

/** The channels that the person is in, by name; direct messages apart. */
export function myChannels() {
  const mine = [...world.channels.values()].filter((channel) => !channel.is_im && (!channel.members || channel.members.includes(world.me)));
  return mine.sort((a, b) => a.name.localeCompare(b.name));
}

/** The person's direct messages with the bot, or undefined before the first. */
export const botChannel = () =>
  [...world.channels.values()].find((channel) => channel.is_im && (!channel.members || channel.members.includes(world.me)));

/** A person, bot or not, by id. */
export const person = (id) => world.people.get(id);
