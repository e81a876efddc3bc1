// What samplers and translators share of the page: its elements, its status line, its work.

let atWork = 0;

export function byId(id) {
  return document.getElementById(id);
}

/** Makes an element with attributes and content. */
export function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

/** Fills a select with options, given as [value, text]. */
export function fillSelect(select, options) {
  select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
}

function tell(words, kind) {
  const status = byId("status");
  if (status.textContent !== words) status.textContent = words; // else it would be read out again
  status.className = kind;
}

export function say(words) {
  tell(words, "");
}

export function complain(words) {
  tell(words, "error");
}

export function milliseconds(number) {
  return `${number.toFixed(1)} ms a picture`;
}

/** Lets the browser draw and listen. */
export function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Does a task, tells that the page is busy, and says what went wrong. */
export async function work(task) {
  atWork += 1;
  byId("page").setAttribute("aria-busy", "true");
  try {
    await task();
  } catch (error) {
    complain(error.message);
  } finally {
    atWork -= 1;
    byId("page").setAttribute("aria-busy", String(atWork > 0));
  }
}

/**
 * Returns a function that starts a task, or where it is under way lets it begin again: however
 * fast a slider moves, only the newest picture is still to be made. The task is told how to ask
 * whether it is out of date.
 */
export function newestOnly(task) {
  let stale = false;
  let running = false;
  return async () => {
    stale = true;
    if (running) return;
    running = true;
    await work(async () => {
      while (stale) {
        stale = false;
        await task(() => stale);
        await pause();
      }
    });
    running = false;
  };
}
