// Carries out what a person does on a block's element: asks for confirmation, shows that it is under way, tells what went wrong.

import { deed } from "./api.js";
import { ask } from "./dialog.js";
import { say } from "./notices.js";
import { world } from "./store.js";

/** Where a block stands: a message, a modal or the Home tab, as the `click` deed names it. */
export function placeOf(surface) {
  if (surface.view_id) return { view_id: surface.view_id };
  if (surface.home) return { home: true };
  return { channel: surface.channel, ts: surface.ts };
}

/**
 * Click `element` of `block`. `value` is what was chosen (undefined for buttons). Returns true when it was delivered,
 * false when the person changed their mind or the bot did not answer (the world tells them so in a notice).
 */
export async function act(surface, block, element, node, value) {
  if (element.confirm && !(await ask(confirmation(element.confirm)))) return false;
  const body = { ...placeOf(surface), action_id: element.action_id, block_id: block.block_id };
  if (value !== undefined) body.value = value;
  pending(node, true);
  try {
    const answer = await deed(world.me, "click", body);
    return answer.ok !== false;
  } catch (error) {
    say(error.message, "error");
    return false;
  } finally {
    pending(node, false);
  }
}

const confirmation = (confirm) => ({
  title: confirm.title ?? "Are you sure?",
  text: confirm.text,
  confirm: confirm.confirm ?? "Yes",
  deny: confirm.deny ?? "Cancel",
  style: confirm.style,
});

/** Show (or stop showing) that something is under way at `node`. */
export function pending(node, isPending) {
  if (!node) return;
  node.classList.toggle("pending", isPending);
  if (isPending) node.setAttribute("aria-busy", "true");
  else node.removeAttribute("aria-busy");
  if (node.nodeName === "BUTTON") node.disabled = isPending;
}
