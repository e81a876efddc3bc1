// Takes the place of the npm package @litertjs/wasm-utils, of which LiteRT.js needs this much.

function runScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`${url} cannot be loaded`)));
    document.body.append(script);
  });
}

/** Keeps what the program writes to stderr, mostly what it is about to do, among the details. */
function printErr(line) {
  (line.startsWith("ERROR") ? console.error : console.debug)(line);
}

/** Runs the script that goes with a .wasm file, and wraps the module that it makes in a Library. */
export async function createWasmLib(Library, scriptUrl) {
  await runScript(scriptUrl);
  return new Library(await self.ModuleFactory({ printErr }));
}
