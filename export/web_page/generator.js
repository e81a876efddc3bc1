// A generator, run by LiteRT.js in a worker: with WebGPU if that is faster, else on the CPU.

import { formatTime } from "./page.js";

const ROUNDS = 5; // of the comparison; the best one counts, since browsers optimize meanwhile
const FAR = 2; // times the CPU's time: one round is enough to know
const GPU_LIMIT = 60000; // milliseconds after which a GPU counts as hung
const TOLERANCE = 2 / 255; // of WebGPU's images, in units of [-1, 1]: one of 255 levels
const NAMES = { wasm: "on the CPU", webgpu: "with WebGPU" };
const chosen = new URLSearchParams(location.search).get("accelerator"); // by the address

/** A worker that runs a generator on an accelerator: "wasm" or "webgpu". One call at a time. */
class GeneratorWorker {
  constructor(accelerator) {
    this.accelerator = accelerator;
    this.worker = new Worker(new URL("worker.js", import.meta.url));
  }

  load(description) {
    return this.#ask({ description, accelerator: this.accelerator });
  }

  run(inputs) {
    return this.#ask({ inputs });
  }

  stop() {
    this.worker.terminate();
  }

  #ask(message) {
    let timer;
    const answer = new Promise((resolve, reject) => {
      if (this.accelerator === "webgpu") {
        timer = setTimeout(() => reject(new Error("WebGPU does not answer")), GPU_LIMIT);
      }
      this.worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
      this.worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || "worker.js cannot be loaded"));
      };
      this.worker.postMessage(message);
    });
    return answer.finally(() => clearTimeout(timer)); // it would keep both images for a minute
  }
}

/** A generator. Concurrent calls run one after the other. */
export class Generator {
  constructor(description) {
    this.description = description;
    this.lastTurn = Promise.resolve();
    this.onchange = () => {}; // called when the text changes that says where it runs
  }

  /** Loads the generator that an entry of model.json describes. */
  static async load(description) {
    const generator = new Generator(description);
    await generator.#use(chosen ?? "wasm");
    return generator;
  }

  /** Returns the image of inputs, typed arrays by name, and the milliseconds that it took. */
  async run(inputs) {
    const result = await this.#inTurn(() => this.#run(inputs));
    if (!chosen) this.trial ??= this.#tryWebGpu(inputs);
    return result;
  }

  #inTurn(task) {
    this.lastTurn = this.lastTurn.catch(() => {}).then(task);
    return this.lastTurn;
  }

  async #use(accelerator) {
    this.worker = new GeneratorWorker(accelerator);
    try {
      await this.worker.load(this.description);
    } catch (error) {
      this.worker.stop();
      throw error;
    }
    this.#say("");
  }

  async #run(inputs) {
    try {
      return await this.worker.run(inputs);
    } catch (error) {
      if (this.worker.accelerator === "wasm") throw error;
      this.worker.stop(); // the GPU was lost, as when a computer sleeps
      await this.#use("wasm");
      this.#say(`WebGPU failed (${error.message})`);
      return this.worker.run(inputs);
    }
  }

  #say(reason) {
    this.accelerator = `Runs ${NAMES[this.worker.accelerator]}${reason && ": "}${reason}.`;
    this.onchange();
  }

  /** Changes to WebGPU if it makes the same image in less time. */
  async #tryWebGpu(inputs) {
    const gpu = new GeneratorWorker("webgpu");
    try {
      if (!(await navigator.gpu?.requestAdapter())) throw new Error("this browser has no WebGPU");
      await gpu.load(this.description);
      await gpu.run(inputs); // compiles its shaders
      const best = { wasm: Infinity, webgpu: Infinity };
      for (let round = 0; round < ROUNDS; round++) {
        await this.#inTurn(() => this.#compare(gpu, inputs, best));
        if (best.webgpu > FAR * best.wasm) break; // the page waits meanwhile
      }
      await this.#inTurn(() => this.#choose(gpu, best));
    } catch (error) {
      gpu.stop();
      this.#say(error.message);
    }
  }

  async #compare(gpu, inputs, best) {
    const results = [await this.worker.run(inputs), await gpu.run(inputs)];
    const [expected, image] = results.map((result) => result.image);
    const isClose = image.every((value, index) => Math.abs(value - expected[index]) <= TOLERANCE);
    if (!isClose) throw new Error("WebGPU makes another image");
    best.wasm = Math.min(best.wasm, results[0].milliseconds);
    best.webgpu = Math.min(best.webgpu, results[1].milliseconds);
  }

  #choose(gpu, best) {
    const slower = best.webgpu < best.wasm ? this.worker : gpu;
    slower.stop();
    if (slower !== gpu) this.worker = gpu;
    const [time, slowerTime] = [best[this.worker.accelerator], best[slower.accelerator]];
    this.#say(`${formatTime(time)}, ${formatTime(slowerTime)} ${NAMES[slower.accelerator]}`);
  }
}
