// A worker that runs one generator on one accelerator. It is no module: modules cannot run the
// classic script that comes with LiteRT.js's WebAssembly.

let generator;

/** Loads the generator that an entry of model.json describes. */
async function load({ file, inputs }, accelerator) {
  const { loadAndCompile, loadLiteRt, Tensor } = await import("./litert/index.js");
  await loadLiteRt(new URL("litert/wasm/", self.location).href);
  const response = await fetch(file, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${file}: ${response.status} ${response.statusText}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const model = await loadAndCompile(bytes, { accelerator, gpuOptions: { precision: "fp32" } });
  if (accelerator === "webgpu" && !model.isFullyAccelerated) {
    throw new Error("WebGPU lacks some of the generator's operators");
  }
  generator = { model, Tensor, shapes: Object.entries(inputs) };
  return {};
}

/** Returns the image of inputs, typed arrays by name, and the milliseconds that it took. */
async function run(inputs) {
  const { model, Tensor, shapes } = generator;
  const start = performance.now();
  const tensors = shapes.map(([name, shape]) => [name, new Tensor(inputs[name], shape)]);
  const outputs = await model.run(Object.fromEntries(tensors));
  const image = await outputs.images.data();
  const milliseconds = performance.now() - start;
  for (const tensor of [outputs.images, ...tensors.map(([, tensor]) => tensor)]) tensor.delete();
  return { image, milliseconds };
}

self.addEventListener("message", async ({ data: { description, accelerator, inputs } }) => {
  try {
    const answer = await (inputs ? run(inputs) : load(description, accelerator));
    self.postMessage(answer, answer.image ? [answer.image.buffer] : []);
  } catch (error) {
    self.postMessage({ error: error.message ?? String(error) });
  }
});
