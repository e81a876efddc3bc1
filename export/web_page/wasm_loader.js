// Replaces the npm package @litertjs/wasm-utils: LiteRT.js needs only this much of it.

function runScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`${url} cannot be loaded`)));
    document.body.append(script);
  });
}

/** Logs stderr, which is mostly progress, as debug messages. */
function printErr(line) {
  (line.startsWith("ERROR") ? console.error : console.debug)(line);
}

/** Runs the script that goes with a .wasm file, and wraps the module that it makes in a Library. */
export async function createWasmLib(Library, scriptUrl) {
  await runScript(scriptUrl);
  return new Library(await self.ModuleFactory({ printErr }));
}
