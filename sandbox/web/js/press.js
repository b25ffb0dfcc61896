// Keeps the page still while a person presses: whatever is drawn anew between press and release loses their click.

const LONGEST_MS = 2000;
const waiting = [];
let isPressed = false;
let timer = 0;

function release() {
  clearTimeout(timer);
  isPressed = false;
  while (waiting.length && !isPressed) {
    try {
      waiting.shift()();
    } catch (error) {
      console.error(error); // the next one must not wait for ever
    }
  }
}

addEventListener(
  "pointerdown",
  () => {
    isPressed = true;
    clearTimeout(timer);
    timer = setTimeout(release, LONGEST_MS);
  },
  true,
);
// The click comes with the release of the pointer, and what waits comes after it.
for (const name of ["pointerup", "pointercancel", "dragstart"]) addEventListener(name, () => setTimeout(release), true);

/** Run `job` now, or as soon as nothing is pressed; jobs keep their order, and none waits longer than two seconds. */
export function unpressed(job) {
  if (isPressed) waiting.push(job);
  else job();
}
