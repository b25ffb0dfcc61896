// Turns each kind of Block Kit select menu into a picker: static, external, people, channels.

import { deed } from "./api.js";
import { placeOf } from "./acting.js";
import { choice, matching, picker, words } from "./picker.js";
import { channelName, everyone, nameOf } from "./people.js";
import { myChannels, world } from "./store.js";

const people = () => everyone().map((who) => ({ value: who.id, label: nameOf(who.id), description: `@${who.name}` }));
const channels = () => myChannels().map((channel) => ({ value: channel.id, label: `#${channel.name}` }));
const conversations = () => [...channels(), ...people()];

const staticChoices = (element) =>
  element.option_groups
    ? element.option_groups.flatMap((group) => group.options.map((option) => choice(option, group.label)))
    : (element.options ?? []).map((option) => choice(option));

function external(element, surface) {
  const least = element.min_query_length ?? 3;
  return async (query) => {
    if (query.trim().length < least) return [];
    const answer = await deed(world.me, "suggest", { ...placeOf(surface), action_id: element.action_id, query });
    return staticChoices({ options: answer.options, option_groups: answer.option_groups });
  };
}

const listed = (all) => (query) => matching(all(), query);
const KINDS = {
  static_select: { options: (element) => listed(() => staticChoices(element)), initial: "initial_option" },
  multi_static_select: { options: (element) => listed(() => staticChoices(element)), initial: "initial_options" },
  external_select: { options: external, initial: "initial_option" },
  multi_external_select: { options: external, initial: "initial_options" },
  users_select: { options: () => listed(people), initial: "initial_user" },
  multi_users_select: { options: () => listed(people), initial: "initial_users" },
  channels_select: { options: () => listed(channels), initial: "initial_channel" },
  multi_channels_select: { options: () => listed(channels), initial: "initial_channels" },
  conversations_select: { options: () => listed(conversations), initial: "initial_conversation" },
  multi_conversations_select: { options: () => listed(conversations), initial: "initial_conversations" },
};

/** Whether this element is a select menu. */
export const isSelect = (element) => element.type in KINDS;

function named(value) {
  if (typeof value === "object") return choice(value);
  if (world.people.has(value)) return { value, label: nameOf(value) };
  return { value, label: world.channels.has(value) ? `#${channelName(value)}` : value };
}

function starting(element, kind, kept) {
  const all = kept === undefined ? [element[kind.initial] ?? []].flat() : [kept ?? []].flat();
  const known = staticChoices(element);
  return all.map((value) => (typeof value === "object" ? choice(value) : (known.find((one) => one.value === value) ?? named(value))));
}

/** Make the picker of a select element. `onValue` gets what the control API wants: a value, or a list of values. */
export function select(element, surface, { id, label, describedby, kept, onValue }) {
  const kind = KINDS[element.type];
  const multiple = element.type.startsWith("multi_");
  const chosen = starting(element, kind, kept);
  const labels = new Map(chosen.map((one) => [one.value, one]));
  return picker({
    id,
    label: label ?? words(element.placeholder),
    describedby,
    multiple,
    max: element.max_selected_items,
    chosen: [...labels.values()],
    options: kind.options(element, surface),
    placeholder: words(element.placeholder) || (multiple ? "Select options" : "Select an option"),
    onChange: (now) => onValue(multiple ? now.map((one) => one.value) : (now[0]?.value ?? null), now),
  });
}
