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

/** Runs a task, marks the page as busy meanwhile, and shows the task's error. */
export async function runTask(task) {
  runningTasks += 1;
  byId("page").setAttribute("aria-busy", "true");
  try {
    await task();
  } catch (error) {
    showError(error.message);
  } finally {
    runningTasks -= 1;
    byId("page").setAttribute("aria-busy", String(runningTasks > 0));
  }
}

/**
 * Returns a function that starts a task, or restarts it if it is running: however fast a slider
 * moves, only the newest image is still to be made. The task gets a function that returns whether
 * it is out of date.
 */
export function newestOnly(task) {
  let stale = false;
  let running = false;
  return async () => {
    stale = true;
    if (running) return;
    running = true;
    await runTask(async () => {
      while (stale) {
        stale = false;
        await task(() => stale);
      }
    });
    running = false;
  };
}
