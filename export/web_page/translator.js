// Translates images: files, dropped files, or those of a camera.

import { Generator } from "./generator.js";
import { draw, drawCenter, fit, read } from "./images.js";
import {
  byId,
  fillSelect,
  formatTime,
  newestOnly,
  pause,
  showError,
  showStatus,
} from "./page.js";

const CAMERA_ERRORS = {
  NotAllowedError: "The camera was refused. Allow it beside the browser's address, and try again.",
  NotFoundError: "There is no camera.",
  NotReadableError: "The camera is in use by another program.",
};
const INSECURE = "Browsers allow a camera only to pages from https or from localhost.";

function directionText(direction) {
  return direction.toUpperCase().replace("_TO_", " to ");
}

class Translator {
  constructor(descriptions, generator) {
    this.descriptions = descriptions;
    this.loaded = new Map([[generator.description.name, Promise.resolve(generator)]]);
    this.translate = newestOnly(() => this.#translate());
    this.#show(generator);
    fillSelect(byId("direction"), descriptions.map(({ name }) => [name, directionText(name)]));
    byId("direction-row").hidden = descriptions.length === 1;
    this.#listen();
  }

  #listen() {
    byId("direction").addEventListener("change", this.translate);
    byId("file").addEventListener("change", ({ target }) => this.open(target.files[0]));
    byId("camera").addEventListener("click", () => {
      if (this.stream) this.stopCamera();
      else this.startCamera();
    });
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

  /** Gives the canvases a generator's shapes if it is another one: this clears them. */
  #show(generator) {
    if (generator === this.shown) return;
    this.shown = generator;
    fit(byId("before"), generator.description.inputs.images);
    fit(byId("after"), generator.description.output);
  }

  /** Translates an image file. */
  async open(file) {
    if (!file) return;
    this.stopCamera();
    try {
      this.source = await createImageBitmap(file);
    } catch {
      showError(`${file.name} cannot be read as an image.`);
      return;
    }
    await this.translate();
  }

  /** Translates the camera's frames, one after the other, until it is stopped. */
  async startCamera() {
    if (this.starting) return;
    this.starting = true;
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
    try {
      if (!navigator.mediaDevices) throw new Error(INSECURE);
      this.stream = video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
      this.#showCamera(true);
      await video.play();
    } catch (error) {
      this.stopCamera();
      showError(CAMERA_ERRORS[error.name] ?? error.message);
      return;
    } finally {
      this.starting = false;
    }
    while (this.stream === video.srcObject) {
      this.source = video;
      await this.translate();
      await pause();
    }
  }

  /** Stops the camera; its last frame stays. */
  stopCamera() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.#showCamera(false);
  }

  #showCamera(on) {
    byId("camera").textContent = on ? "Stop the camera" : "Use the camera";
    byId("camera").classList.toggle("primary", on);
  }

  /** Returns the inputs of the translation. */
  inputs() {
    return this.lastInputs;
  }

  #generator(name) {
    const description = this.descriptions.find((each) => each.name === name);
    if (!this.loaded.has(name)) this.loaded.set(name, Generator.load(description));
    return this.loaded.get(name);
  }

  async #translate() {
    if (!this.source) return;
    if (!this.stream) showStatus("Translating…");
    await pause();
    const generator = await this.#generator(byId("direction").value);
    const { inputs, output } = generator.description;
    this.#show(generator);
    byId("invitation").hidden = true;
    const { source } = this;
    const sides = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
    drawCenter(byId("before"), source, ...sides);
    this.lastInputs = { images: read(byId("before"), inputs.images[3]) };
    draw(byId("before"), this.lastInputs.images, inputs.images);
    const { image, milliseconds: time } = await generator.run(this.lastInputs);
    draw(byId("after"), image, output);
    byId("translation-time").textContent = formatTime(time);
    showStatus(this.stream ? "Translating the camera." : "Translated.");
  }
}

/** Starts the page of a translator. */
export async function start({ generators }) {
  const translator = new Translator(generators, await Generator.load(generators[0]));
  byId("translator").hidden = false;
  showStatus("Ready for an image.");
  return translator;
}
