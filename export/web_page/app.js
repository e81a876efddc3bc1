// Reads model.json, and starts the page for its kind of generator.

import { byId, runTask, showError } from "./page.js";

const KINDS = { sampler: () => import("./sampler.js"), translator: () => import("./translator.js") };

async function fetchDescription() {
  const response = await fetch("model.json", { cache: "no-cache" });
  if (!response.ok) throw new Error(`model.json: ${response.status} ${response.statusText}`);
  return response.json();
}

async function start() {
  const description = await fetchDescription();
  byId("title").textContent = document.title = description.title;
  const { start: startKind } = await KINDS[description.kind]();
  try {
    window.app = await startKind(description);
  } catch (error) {
    console.warn(error);
    throw new Error(`The generator does not run in this browser: ${error.message}`);
  }
}

window.addEventListener("unhandledrejection", (event) => showError(String(event.reason)));
runTask(start);
