// Draws `data_visualization` blocks (line, bar, area, pie) as inline SVG, with a table of the numbers for screen readers.

import { h, svg } from "./dom.js";

const WIDTH = 560;
const HEIGHT = 220;
const EDGE = { top: 12, right: 12, bottom: 30, left: 52 };
const PHONE = matchMedia("(max-width: 760px)"); // there the words are larger, see figures.css

/** Render a whole chart block. */
export function chart(block) {
  const spec = block.chart ?? {};
  const series = seriesOf(spec);
  const drawing = spec.type === "pie" ? pie(spec.segments ?? []) : axes(spec, series);
  return h(
    "figure",
    { class: `chart chart-${spec.type}` },
    h("figcaption", null, typeof block.title === "string" ? block.title : (block.title?.text ?? "")),
    drawing,
    spec.type === "pie" || series.length > 1
      ? legend(spec.type === "pie" ? spec.segments.map(percentLabel) : series.map((one) => one.name))
      : null,
    numbers(spec, series),
  );
}

const seriesOf = (spec) => (spec.series ?? []).map((one) => ({ name: one.name ?? "", points: one.data ?? one.data_points ?? [] }));

function percentLabel(segment, _, all) {
  const total = all.reduce((sum, one) => sum + one.value, 0) || 1;
  return `${segment.label} · ${Math.round((100 * segment.value) / total)}%`;
}

const legend = (names) =>
  h(
    "ul",
    { class: "legend" },
    names.map((name, i) => h("li", null, h("span", { class: `swatch series-${i % 6}` }), name)),
  );

function numbers(spec, series) {
  const rows =
    spec.type === "pie"
      ? (spec.segments ?? []).map((one) => [one.label, one.value])
      : categoriesOf(spec, series).map((name) => [name, ...series.map((one) => valueAt(one, name))]);
  const heads = spec.type === "pie" ? ["", "Value"] : ["", ...series.map((one) => one.name)];
  const table = h(
    "table",
    null,
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        heads.map((head) => h("th", null, head)),
      ),
    ),
    h(
      "tbody",
      null,
      rows.map((row) =>
        h(
          "tr",
          null,
          row.map((cell) => h("td", null, String(cell ?? "–"))),
        ),
      ),
    ),
  );
  return h("div", { class: "only-read" }, table); // a table itself can't be made smaller than its rows
}

const categoriesOf = (spec, series) =>
  spec.axis_config?.categories ?? [...new Set(series.flatMap((one) => one.points.map((point) => point.label)))];
const valueAt = (one, category) => one.points.find((point) => point.label === category)?.value ?? null;

/** Round axis steps: 1, 2 or 5 times a power of ten, about four of them. */
export function ticks(low, high) {
  const span = high - low || 1;
  const raw = span / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
  const first = Math.floor(low / step) * step;
  const marks = [];
  for (let at = first; at < high + step - step / 1e6; at += step) marks.push(Number(at.toPrecision(10)));
  return marks;
}

const short = (n) => (Math.abs(n) >= 1e6 ? `${n / 1e6}M` : Math.abs(n) >= 1e4 ? `${n / 1000}k` : String(n));

function axes(spec, series) {
  const names = categoriesOf(spec, series);
  const values = series.flatMap((one) => one.points.map((point) => point.value));
  const marks = ticks(Math.min(0, ...values), Math.max(0, ...values));
  const [low, high] = [marks[0], marks.at(-1)];
  const y = (value) => HEIGHT - EDGE.bottom - ((value - low) / (high - low || 1)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const band = (WIDTH - EDGE.left - EDGE.right) / Math.max(1, names.length);
  const x = (i) => EDGE.left + band * (i + 0.5);
  const shapes = { bar: bars, line: curves, area: areas }[spec.type] ?? curves;
  const every = Math.ceil(names.length / (PHONE.matches ? 4 : 10));
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${spec.type} chart`, class: "plot" },
    marks.map((mark) => [
      svg("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(mark), y2: y(mark), class: mark === 0 ? "axis" : "grid" }),
      svg("text", { x: EDGE.left - 8, y: y(mark) + 4, "text-anchor": "end" }, short(mark)),
    ]),
    names.map((name, i) => (i % every ? null : under(name, x(i)))),
    spec.axis_config?.y_label
      ? svg(
          "text",
          { x: 12, y: HEIGHT / 2, transform: `rotate(-90 12 ${HEIGHT / 2})`, "text-anchor": "middle", class: "axis-label" },
          spec.axis_config.y_label,
        )
      : null,
    shapes({ series, names, x, y, band }),
  );
}

/** A name below the axis; one near the end stays inside. */
function under(name, x) {
  const isLast = x > WIDTH - 60;
  return svg("text", { x: isLast ? WIDTH - 2 : x, y: HEIGHT - 10, "text-anchor": isLast ? "end" : "middle" }, name);
}

function bars({ series, names, x, y, band }) {
  const width = Math.min(36, (band * 0.72) / series.length);
  return names.flatMap((name, i) =>
    series.map((one, s) => {
      const value = valueAt(one, name);
      if (value === null) return null;
      const left = x(i) + (s - series.length / 2) * width;
      const [top, bottom] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))];
      return svg(
        "rect",
        { x: left + 1, y: top, width: width - 2, height: Math.max(1, bottom - top), rx: 2, class: `fill series-${s % 6}` },
        svg("title", null, `${one.name} ${name}: ${value}`),
      );
    }),
  );
}

const pointsOf = (one, { names, x, y }) =>
  names
    .map((name, i) => [x(i), valueAt(one, name), name])
    .filter(([, value]) => value !== null)
    .map(([left, value, name]) => [left, y(value), value, name]);
const path = (points) => points.map(([left, top], i) => `${i ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`).join("");

function curves(frame) {
  return frame.series.map((one, s) => {
    const points = pointsOf(one, frame);
    return svg(
      "g",
      { class: `series-${s % 6}` },
      svg("path", { d: path(points), class: "curve" }),
      points.map(([left, top, value, name]) =>
        svg("circle", { cx: left, cy: top, r: 3, class: "fill" }, svg("title", null, `${one.name} ${name}: ${value}`)),
      ),
    );
  });
}

function areas(frame) {
  return frame.series.map((one, s) => {
    const points = pointsOf(one, frame);
    if (!points.length) return null;
    const floor = frame.y(0);
    return svg(
      "g",
      { class: `series-${s % 6}` },
      svg("path", { d: `${path(points)}L${points.at(-1)[0]} ${floor}L${points[0][0]} ${floor}Z`, class: "surface" }),
      svg("path", { d: path(points), class: "curve" }),
    );
  });
}

function pie(segments) {
  const total = segments.reduce((sum, one) => sum + one.value, 0) || 1;
  const at = (turn, radius) =>
    [100 + radius * Math.sin(turn * 2 * Math.PI), 100 - radius * Math.cos(turn * 2 * Math.PI)].map((n) => n.toFixed(2)).join(" ");
  let start = 0;
  const slices = segments.map((one, i) => {
    const share = Math.min(one.value / total, 0.99999);
    const end = start + share;
    const wide = share > 0.5 ? 1 : 0;
    const d = `M${at(start, 92)}A92 92 0 ${wide} 1 ${at(end, 92)}L${at(end, 54)}A54 54 0 ${wide} 0 ${at(start, 54)}Z`;
    start = end;
    return svg("path", { d, class: `fill slice series-${i % 6}` }, svg("title", null, `${one.label}: ${one.value}`));
  });
  return svg("svg", { viewBox: "0 0 200 200", role: "img", "aria-label": "pie chart", class: "plot plot-pie" }, slices);
}
