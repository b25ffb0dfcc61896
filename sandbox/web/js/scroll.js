// Keeps a list of messages at its end while the reader is there, and leaves it alone when they read further up.

const NEAR_PX = 80;

/** Watch `box`. `toEnd()` goes to its end; `settle(change)` runs a change and stays at the end if one was there. */
export function stickToEnd(box) {
  let atEnd = true;
  box.addEventListener(
    "scroll",
    () => {
      atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    },
    { passive: true },
  );
  const toEnd = () => {
    box.scrollTop = box.scrollHeight;
    atEnd = true;
  };
  new ResizeObserver(() => {
    if (atEnd) box.scrollTop = box.scrollHeight;
  }).observe(box);
  return {
    toEnd,
    settle(change) {
      const stay = atEnd;
      change();
      if (stay) toEnd();
    },
  };
}
