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
  const stay = () => {
    if (atEnd) box.scrollTop = box.scrollHeight;
  };
  new ResizeObserver(stay).observe(box);
  box.addEventListener("load", stay, true); // a picture has its height only once it is here
  return {
    toEnd,
    settle(change) {
      const wasAtEnd = atEnd;
      change();
      if (wasAtEnd) toEnd();
    },
  };
}
