// A generator, run by LiteRT.js on the CPU.

import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

const WASM = new URL("litert/wasm/", import.meta.url).href;

let litert;

/** A generator. Concurrent calls run one after the other. */
export class Generator {
  constructor(model, description) {
    this.model = model;
    this.description = description;
    this.lastRun = Promise.resolve();
  }

  /** Loads the generator that an entry of model.json describes. */
  static async load(description) {
    litert ??= loadLiteRt(WASM);
    await litert;
    const response = await fetch(description.file);
    if (!response.ok) throw new Error(`${description.file}: ${response.status} ${response.statusText}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return new Generator(await loadAndCompile(bytes, { accelerator: "wasm" }), description);
  }

  /** Returns the image of inputs, typed arrays by name, and the milliseconds that it took. */
  run(inputs) {
    this.lastRun = this.lastRun.catch(() => {}).then(() => this.#run(inputs));
    return this.lastRun;
  }

  async #run(inputs) {
    const shapes = Object.entries(this.description.inputs);
    const tensors = shapes.map(([name, shape]) => [name, new Tensor(inputs[name], shape)]);
    const start = performance.now();
    const outputs = await this.model.run(Object.fromEntries(tensors));
    const milliseconds = performance.now() - start;
    const image = await outputs.images.data();
    for (const tensor of [outputs.images, ...tensors.map(([, tensor]) => tensor)]) tensor.delete();
    return { image, milliseconds };
  }
}
