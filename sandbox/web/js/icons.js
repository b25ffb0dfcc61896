// Line icons drawn as inline SVG, all on one 20-pixel grid.

import { svg } from "./dom.js";

const PATHS = {
  hash: ["M8 3 6 17M14 3l-2 14M3.5 7.5h13M3 12.5h13"],
  menu: ["M3 5.5h14M3 10h14M3 14.5h14"],
  close: ["m5 5 10 10M15 5 5 15"],
  back: ["M12 4.5 6.5 10l5.5 5.5"],
  right: ["m8 4.5 5.5 5.5L8 15.5"],
  down: ["m5 7.5 5 5 5-5"],
  more: ["M4.5 10h.01M10 10h.01M15.5 10h.01"],
  smile: ["M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM7 12c.7 1 1.7 1.6 3 1.6s2.3-.6 3-1.6M7.5 8h.01M12.5 8h.01"],
  reply: ["M3 4.5h14v9.5H9l-4 3v-3H3Z"],
  pencil: ["M4 16l.7-3.3L13.5 4 16 6.5l-8.7 8.8L4 16Z"],
  trash: ["M4 6h12M8 6V4h4v2M5.5 6l.8 10.5h7.4L14.5 6M8.5 9v4.5M11.5 9v4.5"],
  send: ["M3.5 16.5 17 10 3.5 3.5l1.7 6.5-1.7 6.5ZM5.2 10H10"],
  home: ["M3.5 9 10 3.5 16.5 9v7.5h-4.5v-5H8v5H3.5Z"],
  eye: ["M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5ZM10 7.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4Z"],
  play: ["M6.5 4.5v11l9-5.5Z"],
  tag: ["M3.5 3.5h6l7 7-6 6-7-7ZM7 7h.01"],
  rocket: ["M7.5 12.5c0-5 3-8.5 8.5-9 .2 5.5-3.5 8.5-8.5 9ZM7.5 12.5 5 10l2.8-1.8M7.5 12.5 10 15l1.8-2.8M5.5 14.5l-1.5 1.5"],
  box: ["M3.5 6.5 10 3l6.5 3.5v7L10 17l-6.5-3.5ZM3.5 6.5 10 10l6.5-3.5M10 10v7"],
  branch: [
    "M6 6.5v7M6 6.5a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM6 16.9a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM14 8.4a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4ZM14 8.4c0 3-8 1.8-8 5.1",
  ],
  commit: ["M2.5 10H7M13 10h4.5M10 7a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z"],
  check: ["m4.5 10.5 3.5 3.5 7.5-8"],
  alert: ["M10 3.5 17.5 16.5h-15ZM10 8.5v3.5M10 14.3h.01"],
  info: ["M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15ZM10 9.2v4.5M10 6.5h.01"],
  external: ["M11.5 3.5h5v5M16.5 3.5 9 11M14 11.5v5H3.5V6h5"],
  file: ["M5 2.5h6.5L15 6v11.5H5ZM11.5 2.5V6H15"],
  lock: ["M5 9h10v8H5ZM7 9V6.5a3 3 0 0 1 6 0V9"],
  image: ["M3 4h14v12H3ZM3 13l4-4 3.5 3.5L13 10l4 4M12.8 7.2h.01"],
};

/** Draw the icon called `name`; it is decoration, so screen readers skip it. */
export function icon(name, size = 18) {
  return svg(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    (PATHS[name] ?? []).map((d) => svg("path", { d })),
  );
}

/** Draw a run's, job's or task's state: success, failure, cancelled, skipped, running, waiting or queued. */
export function statusIcon(state, size = 16) {
  const label = state.replace("_", " ");
  const frame = svg("svg", {
    class: `status status-${state}`,
    viewBox: "0 0 16 16",
    width: size,
    height: size,
    role: "img",
    "aria-label": label,
  });
  const ring = () => svg("circle", { cx: 8, cy: 8, r: 6.2, class: "ring" });
  const disc = () => svg("circle", { cx: 8, cy: 8, r: 7.2, class: "disc" });
  const mark = (d) => svg("path", { d, class: "mark" });
  const parts = {
    success: [disc(), mark("m4.8 8.3 2.2 2.2 4.2-4.7")],
    failure: [disc(), mark("m5.6 5.6 4.8 4.8M10.4 5.6l-4.8 4.8")],
    cancelled: [disc(), mark("M5 8h6")],
    skipped: [ring(), svg("path", { d: "M4.5 11.5 11.5 4.5", class: "line" })],
    running: [ring(), svg("path", { d: "M8 1.8A6.2 6.2 0 0 1 14.2 8", class: "arc" })],
    waiting: [ring(), svg("path", { d: "M8 4.5V8l2.3 1.5", class: "line" })],
    queued: [ring(), svg("circle", { cx: 8, cy: 8, r: 1.8, class: "dot" })],
  };
  frame.append(...(parts[state] ?? parts.queued));
  return frame;
}
