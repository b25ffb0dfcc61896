// Builds DOM nodes from data, so that no text from the world is ever parsed as HTML.

import { unpressed } from "./press.js";

const SVG = "http://www.w3.org/2000/svg";
let last = 0;

/** Return an id that nothing else on the page has. */
export const uid = (prefix = "x") => `${prefix}-${++last}`;

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") node.setAttribute("class", value);
  else if (name === "dataset") Object.assign(node.dataset, value);
  else if (name === "style") for (const [key, part] of Object.entries(value)) node.style.setProperty(key, part);
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

function append(node, children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child);
  }
  return node;
}

/** Make an HTML element: `h("a", {href, onclick, dataset, style}, "text", node)`. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  return append(node, children);
}

/** Make an SVG element. */
export function svg(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  return append(node, children);
}

/** Put `children` in place of everything that is in `node`. */
export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

/** Make a fragment of `children`. */
export const bundle = (...children) => append(document.createDocumentFragment(), children);

/** Return an address a link may carry, or null: only the web and mail are followed. */
export function safeHref(url) {
  try {
    const parsed = new URL(url, location.origin);
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** Tell whether a picture may be shown: the page loads nothing from elsewhere. */
export function isLocalImage(url) {
  try {
    const parsed = new URL(url, location.origin);
    return parsed.origin === location.origin || (parsed.protocol === "data:" && /^data:image\//.test(url));
  } catch {
    return false;
  }
}

/** Return a function that runs `job` once, a moment after the first of many calls, and not while a person presses. */
export function soon(job, delayMs = 16) {
  let timer = 0;
  return () => {
    if (timer) return;
    timer = setTimeout(() => {
      timer = 0;
      unpressed(job);
    }, delayMs);
  };
}
