// Samples of a generator that makes images from latents, and walks through its latent space.

import { Generator } from "./generator.js";
import { draw, fit, save } from "./images.js";
import {
  byId,
  element,
  fillSelect,
  formatTime,
  newestOnly,
  showAccelerator,
  showError,
  showStatus,
} from "./page.js";
import { add, interpolate, norm, Random } from "./random.js";

const COUNT = 16; // samples in the grid
const DIRECTIONS = 4; // sliders
const ALL = "all"; // the option of the classes that cycles through them

function slider(name, min) {
  const input = element("input", { type: "range", min, max: 1, step: "any", value: 0 });
  return { input, row: element("label", {}, element("span", {}, name), input) };
}

class Sampler {
  constructor(generator, classes) {
    this.generator = generator;
    this.classes = classes;
    this.chosen = 0;
    this.drawGrid = newestOnly((stale) => this.#drawGrid(stale));
    this.drawChosen = newestOnly(() => this.#drawChosen());
    this.#addGrid();
    this.#addSliders();
    this.#addClasses();
    this.#listen();
    showAccelerator(generator);
  }

  get shapes() {
    return this.generator.description.inputs;
  }

  #addGrid() {
    this.canvases = Array.from({ length: COUNT }, () => element("canvas", { class: "image" }));
    this.captions = this.canvases.map(() => element("span", { class: "caption" }));
    this.buttons = this.canvases.map((canvas, index) =>
      element("button", { type: "button" }, canvas, this.captions[index]),
    );
    byId("grid").append(...this.buttons);
    for (const canvas of [...this.canvases, byId("chosen")]) {
      fit(canvas, this.generator.description.output);
    }
    fillSelect(byId("target"), this.buttons.map((_, index) => [index, `sample ${index + 1}`]));
  }

  #addSliders() {
    const [, length] = this.shapes.latents;
    const interpolation = slider("Interpolation", 0);
    const count = Math.min(DIRECTIONS, length - 1);
    const directions = Array.from({ length: count }, (_, index) =>
      slider(`Direction ${index + 1}`, -1),
    );
    byId("walk").append(interpolation.row, ...directions.map(({ row }) => row));
    const codes = Array.from({ length: this.shapes.codes?.[1] ?? 0 }, (_, index) =>
      slider(`Code ${index + 1}`, -1),
    );
    byId("codes").append(...codes.map(({ row }) => row));
    byId("codes").hidden = codes.length === 0;
    this.interpolation = interpolation.input;
    this.offsets = directions.map(({ input }) => input);
    this.codes = codes.map(({ input }) => input);
  }

  #addClasses() {
    byId("label-row").hidden = !this.classes;
    const names = this.classes ?? [];
    fillSelect(byId("label"), [[ALL, "all in turn"], ...names.map((name, i) => [i, name])]);
  }

  #listen() {
    byId("seed").addEventListener("change", () => this.sample());
    byId("new").addEventListener("click", () => {
      byId("seed").value = (Number(byId("seed").value) + 1) % 2 ** 32;
      this.sample();
    });
    byId("label").addEventListener("change", () => this.sample());
    byId("target").addEventListener("change", this.drawChosen);
    byId("back").addEventListener("click", () => this.choose(this.chosen));
    byId("save-sample").addEventListener("click", () =>
      save(byId("chosen"), `seed-${byId("seed").value}-sample-${this.chosen + 1}`),
    );
    for (const input of [this.interpolation, ...this.offsets, ...this.codes]) {
      input.addEventListener("input", this.drawChosen);
    }
    this.buttons.forEach((button, index) =>
      button.addEventListener("click", () => this.choose(index)),
    );
  }

  /** Draws the samples of the page's seed and class. */
  sample() {
    const seed = byId("seed");
    if (!seed.checkValidity()) {
      showError(`The seed must be a whole number from ${seed.min} to ${seed.max}.`);
      return;
    }
    const random = new Random(Number(seed.value));
    const [, length] = this.shapes.latents;
    this.samples = Array.from({ length: COUNT }, (_, index) => this.#randomInputs(random, index));
    this.directions = random.directions(this.offsets.length, length);
    this.drawGrid();
    this.choose(this.chosen);
  }

  #randomInputs(random, index) {
    const inputs = { latents: random.normal(this.shapes.latents[1]) };
    if (this.shapes.codes) inputs.codes = random.codes(this.shapes.codes[1]);
    if (this.shapes.labels) inputs.labels = Int32Array.of(this.#label(index));
    return inputs;
  }

  #label(index) {
    const chosen = byId("label").value;
    return chosen === ALL ? index % this.classes.length : Number(chosen);
  }

  /** Shows a sample large, and resets all sliders. */
  choose(index) {
    this.chosen = index;
    this.buttons.forEach((button, other) => {
      button.setAttribute("aria-pressed", String(other === index));
      button.setAttribute("aria-label", this.#name(other));
      this.captions[other].textContent = this.#className(other);
    });
    byId("chosen-name").textContent = this.#name(index);
    byId("target").value = (index + 1) % COUNT;
    for (const input of [this.interpolation, ...this.offsets]) input.value = 0;
    this.codes.forEach((input, code) => (input.value = this.samples[index].codes[code]));
    this.drawChosen();
  }

  #name(index) {
    const name = this.#className(index);
    return `Sample ${index + 1}${name && `, class ${name}`}`;
  }

  #className(index) {
    return this.classes ? this.classes[this.samples[index].labels[0]] : "";
  }

  /** Returns the inputs of a sample in the grid; without an index, those of the large image. */
  inputs(index) {
    if (index !== undefined) return this.samples[index];
    const inputs = { ...this.samples[this.chosen], latents: this.#walkedLatents() };
    if (inputs.codes) inputs.codes = Float32Array.from(this.codes, (input) => Number(input.value));
    return inputs;
  }

  /** Returns the latents that the sliders lead to, at an unchanged distance from the origin. */
  #walkedLatents() {
    const { latents } = this.samples[this.chosen];
    const fraction = Number(this.interpolation.value);
    const target = this.samples[byId("target").value].latents;
    const from = fraction ? interpolate(latents, target, fraction) : latents;
    const length = norm(from);
    const moved = this.offsets.reduce(
      (at, input, index) => add(at, this.directions[index], length * Number(input.value)),
      from,
    );
    return moved === from ? from : moved.map((value) => (value * length) / norm(moved));
  }

  async #drawGrid(stale) {
    const { output } = this.generator.description;
    let sum = 0;
    for (const [index, canvas] of this.canvases.entries()) {
      const { image, milliseconds } = await this.generator.run(this.samples[index]);
      draw(canvas, image, output);
      sum += milliseconds;
      if (stale()) return;
    }
    byId("sample-time").textContent = formatTime(sum / COUNT);
    showStatus(`${COUNT} samples of seed ${byId("seed").value}.`);
  }

  async #drawChosen() {
    const { image, milliseconds } = await this.generator.run(this.inputs());
    draw(byId("chosen"), image, this.generator.description.output);
    byId("sample-time").textContent = formatTime(milliseconds);
  }
}

/** Starts the page of a sampler. */
export async function start({ generators: [description], classes }) {
  const sampler = new Sampler(await Generator.load(description), classes);
  byId("sampler").hidden = false;
  sampler.sample();
  return sampler;
}
