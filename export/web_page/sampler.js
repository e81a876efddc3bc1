// Samples of a generator that makes pictures from latents, and ways through its latents.

import { Generator } from "./generator.js";
import { byId, complain, element, fillSelect, milliseconds, newestOnly, pause, say } from "./page.js";
import { draw, fit } from "./pictures.js";
import { add, interpolate, norm, Random } from "./random.js";

const COUNT = 16; // samples in the grid
const DIRECTIONS = 4; // sliders
const IN_TURN = "all"; // the choice of a class that means each of them in turn

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
  }

  get shapes() {
    return this.generator.description.inputs;
  }

  #addGrid() {
    this.canvases = Array.from({ length: COUNT }, () => element("canvas", { class: "picture" }));
    this.captions = this.canvases.map(() => element("span", { class: "caption" }));
    this.buttons = this.canvases.map((canvas, index) =>
      element("button", { type: "button" }, canvas, this.captions[index]),
    );
    byId("grid").append(...this.buttons);
    for (const canvas of [...this.canvases, byId("chosen")]) {
      fit(canvas, this.generator.description.output);
    }
    fillSelect(byId("goal"), this.buttons.map((_, index) => [index, `sample ${index + 1}`]));
  }

  #addSliders() {
    const [, length] = this.shapes.latents;
    const way = slider("How far", 0);
    const count = Math.min(DIRECTIONS, length - 1);
    const directions = Array.from({ length: count }, (_, index) =>
      slider(`Direction ${index + 1}`, -1),
    );
    byId("walk").append(way.row, ...directions.map(({ row }) => row));
    const codes = Array.from({ length: this.shapes.codes?.[1] ?? 0 }, (_, index) =>
      slider(`Code ${index + 1}`, -1),
    );
    byId("codes").append(...codes.map(({ row }) => row));
    byId("codes").hidden = codes.length === 0;
    this.way = way.input;
    this.steps = directions.map(({ input }) => input);
    this.codes = codes.map(({ input }) => input);
  }

  #addClasses() {
    byId("label-row").hidden = !this.classes;
    const names = this.classes ?? [];
    fillSelect(byId("label"), [[IN_TURN, "each in turn"], ...names.map((name, i) => [i, name])]);
  }

  #listen() {
    byId("seed").addEventListener("change", () => this.sample());
    byId("new").addEventListener("click", () => {
      byId("seed").value = (Number(byId("seed").value) + 1) % 2 ** 32;
      this.sample();
    });
    byId("label").addEventListener("change", () => this.sample());
    byId("goal").addEventListener("change", this.drawChosen);
    byId("back").addEventListener("click", () => this.choose(this.chosen));
    for (const input of [this.way, ...this.steps, ...this.codes]) {
      input.addEventListener("input", this.drawChosen);
    }
    this.buttons.forEach((button, index) =>
      button.addEventListener("click", () => this.choose(index)),
    );
  }

  /** Draws the samples of the seed and the class that the page asks for. */
  sample() {
    const seed = byId("seed");
    if (!seed.checkValidity()) {
      complain(`The seed must be a whole number from ${seed.min} to ${seed.max}.`);
      return;
    }
    const random = new Random(Number(seed.value));
    const [, length] = this.shapes.latents;
    this.samples = Array.from({ length: COUNT }, (_, index) => this.#draw(random, index));
    this.directions = random.directions(this.steps.length, length);
    this.drawGrid();
    this.choose(this.chosen);
  }

  #draw(random, index) {
    const inputs = { latents: random.normal(this.shapes.latents[1]) };
    if (this.shapes.codes) inputs.codes = random.codes(this.shapes.codes[1]);
    if (this.shapes.labels) inputs.labels = Int32Array.of(this.#label(index));
    return inputs;
  }

  #label(index) {
    const asked = byId("label").value;
    return asked === IN_TURN ? index % this.classes.length : Number(asked);
  }

  /** Shows a sample large, with all sliders where they do nothing. */
  choose(index) {
    this.chosen = index;
    this.buttons.forEach((button, other) => {
      button.setAttribute("aria-pressed", String(other === index));
      button.setAttribute("aria-label", this.#name(other));
      this.captions[other].textContent = this.#className(other);
    });
    byId("chosen-name").textContent = this.#name(index);
    byId("goal").value = (index + 1) % COUNT;
    for (const input of [this.way, ...this.steps]) input.value = 0;
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

  /** Returns what a sample of the grid is made of; without an index, what the large one is. */
  inputs(index) {
    if (index !== undefined) return this.samples[index];
    const inputs = { ...this.samples[this.chosen], latents: this.#walked() };
    if (inputs.codes) inputs.codes = Float32Array.from(this.codes, (input) => Number(input.value));
    return inputs;
  }

  /** Goes from the chosen sample where the sliders say, and stays as far from the origin. */
  #walked() {
    const { latents } = this.samples[this.chosen];
    const share = Number(this.way.value);
    const goal = this.samples[byId("goal").value].latents;
    const from = share ? interpolate(latents, goal, share) : latents;
    const length = norm(from);
    const moved = this.steps.reduce(
      (at, input, index) => add(at, this.directions[index], length * Number(input.value)),
      from,
    );
    return moved === from ? from : moved.map((value) => (value * length) / norm(moved));
  }

  async #drawGrid(stale) {
    const { output } = this.generator.description;
    let sum = 0;
    for (const [index, canvas] of this.canvases.entries()) {
      const made = await this.generator.make(this.samples[index]);
      draw(canvas, made.image, output);
      sum += made.milliseconds;
      await pause();
      if (stale()) return;
    }
    byId("sample-time").textContent = milliseconds(sum / COUNT);
    say(`${COUNT} samples of seed ${byId("seed").value}.`);
  }

  async #drawChosen() {
    const made = await this.generator.make(this.inputs());
    draw(byId("chosen"), made.image, this.generator.description.output);
    byId("sample-time").textContent = milliseconds(made.milliseconds);
  }
}

/** Starts the page of a sampler. */
export async function start({ generators: [description], classes }) {
  const sampler = new Sampler(await Generator.load(description), classes);
  byId("sampler").hidden = false;
  sampler.sample();
  return sampler;
}
