// Pictures translated by a generator: chosen, dropped, or seen by a camera.

import { Generator } from "./generator.js";
import { byId, complain, fillSelect, milliseconds, newestOnly, pause, say } from "./page.js";
import { draw, drawCentre, fit, read } from "./pictures.js";

const REFUSALS = {
  NotAllowedError: "The camera was refused. Allow it beside the browser's address, and try again.",
  NotFoundError: "There is no camera.",
  NotReadableError: "The camera is in use by another program.",
};
const INSECURE = "A browser shows a camera to pages from https or from localhost only.";

function spelled(direction) {
  return direction.toUpperCase().replace("_TO_", " to ");
}

class Translator {
  constructor(descriptions, generator) {
    this.descriptions = descriptions;
    this.loaded = new Map([[generator.description.name, Promise.resolve(generator)]]);
    this.translate = newestOnly(() => this.#translate());
    this.#show(generator);
    fillSelect(byId("direction"), descriptions.map(({ name }) => [name, spelled(name)]));
    byId("direction-row").hidden = descriptions.length === 1;
    this.#listen();
  }

  #listen() {
    byId("direction").addEventListener("change", this.translate);
    byId("file").addEventListener("change", ({ target }) => this.open(target.files[0]));
    byId("camera").addEventListener("click", () => (this.stream ? this.stop() : this.film()));
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      byId("drop").classList.add("over");
    });
    document.addEventListener("dragleave", () => byId("drop").classList.remove("over"));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      byId("drop").classList.remove("over");
      this.open(event.dataTransfer.files[0]);
    });
  }

  /** Gives the canvases a generator's shapes, which clears them: only where it is another one. */
  #show(generator) {
    if (generator === this.shown) return;
    this.shown = generator;
    fit(byId("before"), generator.description.inputs.images);
    fit(byId("after"), generator.description.output);
  }

  /** Translates a picture file. */
  async open(file) {
    if (!file) return;
    this.stop();
    try {
      this.picture = await createImageBitmap(file);
    } catch {
      complain(`${file.name} cannot be read as a picture.`);
      return;
    }
    await this.translate();
  }

  /** Translates what the camera sees, one frame after the other, until it is stopped. */
  async film() {
    if (this.asking) return;
    this.asking = true;
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
    try {
      if (!navigator.mediaDevices) throw new Error(INSECURE);
      this.stream = video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
      this.#showCamera(true);
      await video.play();
    } catch (error) {
      this.stop();
      complain(REFUSALS[error.name] ?? error.message);
      return;
    } finally {
      this.asking = false;
    }
    while (this.stream === video.srcObject) {
      this.picture = video;
      await this.translate();
      await pause();
    }
  }

  /** Stops the camera; its last frame stays. */
  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.#showCamera(false);
  }

  #showCamera(on) {
    byId("camera").textContent = on ? "Stop the camera" : "Use the camera";
    byId("camera").classList.toggle("primary", on);
  }

  /** Returns what the picture was translated from. */
  inputs() {
    return this.given;
  }

  #generator(name) {
    const description = this.descriptions.find((each) => each.name === name);
    if (!this.loaded.has(name)) this.loaded.set(name, Generator.load(description));
    return this.loaded.get(name);
  }

  async #translate() {
    if (!this.picture) return;
    if (!this.stream) say("Translating…");
    await pause();
    const generator = await this.#generator(byId("direction").value);
    const { inputs, output } = generator.description;
    this.#show(generator);
    byId("invitation").hidden = true;
    const { picture } = this;
    const sides = [picture.videoWidth ?? picture.width, picture.videoHeight ?? picture.height];
    drawCentre(byId("before"), picture, ...sides);
    this.given = { images: read(byId("before"), inputs.images[3]) };
    draw(byId("before"), this.given.images, inputs.images);
    const { image, milliseconds: time } = await generator.make(this.given);
    draw(byId("after"), image, output);
    byId("translation-time").textContent = milliseconds(time);
    say(this.stream ? "Translating what the camera sees." : "Translated.");
  }
}

/** Starts the page of a translator. */
export async function start({ generators }) {
  const translator = new Translator(generators, await Generator.load(generators[0]));
  byId("translator").hidden = false;
  say("Ready for a picture.");
  return translator;
}
