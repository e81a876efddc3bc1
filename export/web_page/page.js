// What samplers and translators share: the page's elements, its status line and its tasks.

let runningTasks = 0;
let shownGenerator;

export function byId(id) {
  return document.getElementById(id);
}

/** Returns a new element with attributes and content. */
export function element(name, attributes = {}, ...content) {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value);
  created.append(...content);
  return created;
}

/** Fills a select with options, given as [value, text]. */
export function fillSelect(select, options) {
  select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
}

function setStatus(text, className) {
  const status = byId("status");
  if (status.textContent !== text) status.textContent = text; // else screen readers repeat it
  status.className = className;
}

export function showStatus(text) {
  setStatus(text, "");
}

export function showError(text) {
  setStatus(text, "error");
}

export function formatTime(milliseconds) {
  return `${milliseconds.toFixed(1)} ms per image`;
}

/** Shows where a generator runs, and again when that changes, until another one is shown. */
export function showAccelerator(generator) {
  shownGenerator = generator;
  generator.onchange = () => {
    if (generator === shownGenerator) byId("accelerator").textContent = generator.accelerator;
  };
  generator.onchange();
}

/** Runs a task, and shows its error. */
export async function runQuietly(task) {
  try {
    await task();
  } catch (error) {
    showError(error.message);
  }
}

/** Runs a task likewise, and marks the page as busy meanwhile. */
export async function runTask(task) {
  runningTasks += 1;
  byId("page").setAttribute("aria-busy", "true");
  await runQuietly(task);
  runningTasks -= 1;
  byId("page").setAttribute("aria-busy", String(runningTasks > 0));
}

/**
 * Returns a function that starts a task, or restarts it if it is running: however fast a slider
 * moves, only the newest image is still to be made. It waits until that is there. The task gets a
 * function that returns whether it is out of date; `run` is `runTask` or `runQuietly`.
 */
export function newestOnly(task, run = runTask) {
  let stale = false;
  let running;
  async function runNewest() {
    while (stale) {
      stale = false;
      await run(() => task(() => stale));
    }
    running = undefined;
  }
  return () => {
    stale = true;
    running ??= runNewest();
    return running;
  };
}
