// Talks to the sandbox: its control API and its stream of changes.

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({ error: `${response.status} ${response.statusText}` }));
  if (!response.ok) throw new Error(answer.error ?? `${response.status} ${response.statusText}`);
  return answer;
}

/** The whole world as `person` sees it. */
export const getState = (person) => ask(`/_sandbox/state${person ? `?as=${encodeURIComponent(person)}` : ""}`);

/** Repositories with their runs, tags, releases and deployments. */
export const getGitHub = () => ask("/_sandbox/github");

/** The things to try: `[{title, text, as?, channel, write?}]`. */
export const getTries = () => ask("/static/tries.json");

/** The bot's open Socket Mode connections. */
export const getSockets = () => ask("/_sandbox/sockets");

/** Do something as a person: `deed("U0ANN", "say", {channel, text})`. */
export const deed = (person, name, body = {}) => ask(`/_sandbox/people/${encodeURIComponent(person)}/${name}`, body);

/** Act on GitHub as a person would there: review, rerun, cancel. */
export const onGitHub = (name, body) => ask(`/_sandbox/github/${name}`, body);

/**
 * Follow what happens. `onChange` gets each change, `onLink` "open" or "lost". The browser reconnects by itself and
 * sends the last id it saw; only when it gives up is a new stream opened, a second later.
 */
export function follow(person, since, onChange, onLink) {
  let source = null;
  let timer = 0;
  let last = since;
  const open = () => {
    source = new EventSource(`/_sandbox/events?as=${encodeURIComponent(person)}&since=${last}`);
    source.onopen = () => onLink("open");
    source.onmessage = (event) => {
      const change = JSON.parse(event.data);
      last = Math.max(last, change.n ?? 0);
      onChange(change);
    };
    source.onerror = () => {
      onLink("lost");
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, 1000);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
