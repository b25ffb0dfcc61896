// Writes times and numbers the way a person reads them.

const two = (n) => String(n).padStart(2, "0");
const day = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
const DAY_MS = 86_400_000;
let aheadMs = 0;

/** Set the page's clock to the world's, which tests move forward. */
export const setClock = (unix) => (aheadMs = unix * 1000 - Date.now());

/** The world's time in milliseconds. */
export const now = () => Date.now() + aheadMs;

/** Turn Slack's `ts` ("1700000000.000100") into a Date. */
export const fromTs = (ts) => new Date(Number.parseFloat(ts) * 1000);

/** "14:05" */
export const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

/** "Today", "Yesterday", or "Monday, 23 November". */
export function dayName(date) {
  const days = Math.round((day(new Date(now())) - day(date)) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
}

/** "today at 14:05" */
export function whenShort(date) {
  const name = dayName(date);
  return ["Today", "Yesterday"].includes(name)
    ? `${name.toLowerCase()} at ${clock(date)}`
    : `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} at ${clock(date)}`;
}

/** "just now", "4 min ago", "3 h ago", then the date. */
export function ago(date) {
  const seconds = (now() - date.getTime()) / 1000;
  if (seconds < -90) return `in ${span(-seconds)}`;
  if (seconds < 45) return "just now";
  if (seconds < 7 * 86_400) return `${span(seconds)} ago`;
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

function span(seconds) {
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** "7s", "1m 04s", "2h 05m" between two instants. */
export function elapsed(from, to) {
  const seconds = Math.max(0, Math.floor((to - from) / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
}

/** Fill Slack's date tokens: `{date_short} at {time}`. */
export function slackDate(unix, format) {
  const date = new Date(Number(unix) * 1000);
  const written = (options) => date.toLocaleDateString("en-GB", options);
  const pretty = (options) => (["Today", "Yesterday"].includes(dayName(date)) ? dayName(date).toLowerCase() : written(options));
  const long = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  const plain = { day: "numeric", month: "long", year: "numeric" };
  const short = { day: "numeric", month: "short", year: "numeric" };
  const tokens = {
    date_num: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    date_slash: `${two(date.getDate())}/${two(date.getMonth() + 1)}/${date.getFullYear()}`,
    date: written(plain),
    date_short: written(short),
    date_long: written(long),
    date_pretty: pretty(plain),
    date_short_pretty: pretty(short),
    date_long_pretty: pretty(long),
    day_divider_pretty: dayName(date),
    time: clock(date),
    time_secs: `${clock(date)}:${two(date.getSeconds())}`,
    ago: ago(date),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => tokens[name] ?? whole);
}

/** "1 reply", "3 replies". */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** "1.2 kB" */
export function bytes(n) {
  if (n < 1000) return `${n} B`;
  return n < 1e6 ? `${(n / 1000).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`;
}

/** The first seven characters of a commit's id. */
export const shortSha = (sha) => String(sha ?? "").slice(0, 7);
