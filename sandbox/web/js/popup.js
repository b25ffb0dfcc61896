// Floating menus: placed next to what opened them, closed by Esc, a choice, or a click elsewhere.

import { h } from "./dom.js";

let open = null;

/** Close the popup that is open, if any; the focus goes back to what opened it. */
export function closePopup({ refocus = false } = {}) {
  if (!open) return;
  const { anchor, box, onClose } = open;
  open = null;
  box.remove();
  anchor.setAttribute?.("aria-expanded", "false");
  if (refocus) anchor.focus?.();
  onClose?.();
}

/** Close the popup when what opened it was drawn anew. */
export function closeOrphan() {
  if (open && !open.anchor.isConnected) closePopup();
}

/** Whether a popup is open for `anchor`. */
export const isOpenFor = (anchor) => open?.anchor === anchor;

/**
 * Show `content` beside `anchor`. Options: `label`, `above`, `alignEnd`, `matchWidth`, `focus` (default true: the first
 * item takes the focus), `toggle` (default true: a second call for the same anchor closes), `onClose`.
 */
export function openPopup(anchor, content, options = {}) {
  const wasOpen = isOpenFor(anchor);
  closePopup();
  if (wasOpen && options.toggle !== false) return null;
  const box = h("div", { class: "popup", role: options.role ?? null, "aria-label": options.label }, content);
  document.body.append(box);
  open = { anchor, box, onClose: options.onClose };
  anchor.setAttribute?.("aria-expanded", "true");
  place(anchor, box, options);
  box.addEventListener("keydown", (event) => moveThrough(event, box));
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) closePopup({ refocus: true });
  });
  if (options.focus !== false) (box.querySelector("[aria-checked=true], [autofocus]") ?? box.querySelector("button, input, a"))?.focus();
  return box;
}

/** Put `box` below or above `anchor`, inside the window. */
export function place(anchor, box, { above = false, alignEnd = false, matchWidth = false } = {}) {
  const at = anchor.getBoundingClientRect();
  if (matchWidth) box.style.minWidth = `${at.width}px`;
  const size = box.getBoundingClientRect();
  const gap = 6;
  const roomBelow = innerHeight - at.bottom - gap;
  const goUp = above ? at.top > size.height + gap || at.top > roomBelow : roomBelow < size.height && at.top > roomBelow;
  const top = goUp ? at.top - size.height - gap : at.bottom + gap;
  const left = alignEnd ? at.right - size.width : at.left;
  box.style.top = `${Math.max(8, Math.min(top, innerHeight - size.height - 8))}px`;
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - size.width - 8))}px`;
}

function moveThrough(event, box) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.matches("input")) return;
  event.preventDefault();
  const items = [...box.querySelectorAll("[role^=menuitem]")];
  const now = items.indexOf(document.activeElement);
  items[(now + step + items.length) % items.length]?.focus();
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.box.contains(event.target) && !open.anchor.contains(event.target)) closePopup();
});
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    event.preventDefault();
    closePopup({ refocus: true });
  },
  true,
);
addEventListener("resize", () => closePopup());
