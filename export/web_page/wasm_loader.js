// Replaces the npm package @litertjs/wasm-utils in the worker: LiteRT.js needs only this much of it.

/** Logs stderr: mostly progress, and what WebGPU cannot run. */
function printErr(line) {
  (line.startsWith("ERROR") ? console.warn : console.debug)(line);
}

/** Runs the script that goes with a .wasm file, and wraps the module that it makes in a Library. */
export async function createWasmLib(Library, scriptUrl) {
  importScripts(scriptUrl);
  const locateFile = (name) => new URL(name, scriptUrl).href;
  return new Library(await self.ModuleFactory({ printErr, locateFile }));
}
