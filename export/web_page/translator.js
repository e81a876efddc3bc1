// Translates images: a sample, files, dropped files, or those of a camera.

import { closeCamera, FrameRate, nextFrame, openCamera } from "./camera.js";
import { Generator } from "./generator.js";
import { draw, drawCenter, fetchImage, fit, read, save } from "./images.js";
import {
  byId,
  fillSelect,
  formatTime,
  newestOnly,
  runQuietly,
  runTask,
  showAccelerator,
  showError,
  showStatus,
} from "./page.js";

const SAMPLE = "A sample image. Choose a file, drop an image, or use the camera.";
const TIME_STAYS = 500; // milliseconds: times that change with every frame cannot be read

function directionText(direction) {
  return direction.toUpperCase().replace("_TO_", " to ");
}

class Translator {
  constructor(descriptions, generator) {
    this.descriptions = descriptions;
    this.name = "sample"; // of the image, until another one is chosen
    this.timeShown = 0;
    this.requests = 0;
    this.loaded = new Map([[generator.description.name, Promise.resolve(generator)]]);
    this.translate = newestOnly(
      () => this.#translate(),
      (task) => (this.video ? runQuietly(task) : runTask(task)), // else it flickers with each frame
    );
    this.#show(generator);
    fillSelect(byId("direction"), descriptions.map(({ name }) => [name, directionText(name)]));
    byId("direction-row").hidden = descriptions.length === 1;
    this.#listen();
  }

  #listen() {
    byId("direction").addEventListener("change", this.translate);
    byId("file").addEventListener("click", ({ target }) => {
      target.value = ""; // else choosing the same file again is no change
    });
    byId("file").addEventListener("change", ({ target }) => this.open(target.files[0]));
    byId("camera").addEventListener("click", () => {
      if (this.video) this.stopCamera();
      else this.startCamera();
    });
    byId("save-translation").addEventListener("click", () =>
      save(byId("after"), `${this.name}-${this.shown.description.name}`),
    );
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

  /** Gives the page a generator's shapes if it is another one: this clears the canvases. */
  #show(generator) {
    if (generator === this.shown) return;
    this.shown = generator;
    fit(byId("before"), generator.description.inputs.images);
    fit(byId("after"), generator.description.output);
    showAccelerator(generator);
  }

  /** Returns a function that says whether no other image or camera was asked for since. */
  #newRequest() {
    const request = ++this.requests;
    return () => request === this.requests;
  }

  #setSource(source, name) {
    if (this.source instanceof ImageBitmap) this.source.close(); // a photograph's takes 48 MB
    this.source = source;
    this.name = name;
  }

  /** Translates an image file. */
  async open(file) {
    if (!file) return;
    const isNewest = this.#newRequest();
    await runTask(() => this.#open(file, isNewest));
  }

  async #open(file, isNewest) {
    await this.stopCamera(); // else its last frame may be said to be translated after this image
    let image;
    try {
      image = await createImageBitmap(file);
    } catch {
      if (isNewest()) throw new Error(`${file.name} cannot be read as an image.`);
      return;
    }
    if (!isNewest()) {
      image.close();
      return;
    }
    this.#setSource(image, file.name.replace(/\.[^.]*$/, ""));
    await this.translate();
  }

  /** Translates the camera's newest frame, again and again, until it is stopped. */
  async startCamera() {
    this.isCameraNewest = this.#newRequest();
    if (this.starting) return;
    this.starting = true;
    let video;
    try {
      video = await openCamera();
    } catch (error) {
      if (this.isCameraNewest()) showError(error.message);
      return;
    } finally {
      this.starting = false;
    }
    if (!this.isCameraNewest()) {
      closeCamera(video);
      return;
    }
    this.video = video;
    for (const track of this.video.srcObject.getTracks()) {
      track.addEventListener("ended", () => this.stopCamera()); // it was pulled out
    }
    this.#showCamera();
    await this.#follow(this.video);
  }

  async #follow(video) {
    this.#setSource(video, "camera");
    this.frameRate = new FrameRate();
    for (let frame = nextFrame(video); this.video === video; ) {
      await frame;
      frame = nextFrame(video); // it may come while this one is translated
      if (this.video === video) await (this.lastFrame = this.translate());
    }
  }

  /** Stops the camera; its last frame stays, and is translated to the end. */
  async stopCamera() {
    if (!this.video) return;
    closeCamera(this.video);
    this.video = undefined;
    this.#showCamera();
    showStatus("The camera is off.");
    await runTask(() => this.lastFrame);
  }

  #showCamera() {
    byId("camera").textContent = this.video ? "Stop the camera" : "Use the camera";
    byId("camera").classList.toggle("primary", this.video !== undefined);
  }

  /** Returns the inputs of the translation. */
  inputs() {
    return this.lastInputs;
  }

  #generator(name) {
    const description = this.descriptions.find((each) => each.name === name);
    if (!this.loaded.has(name)) {
      const loading = Generator.load(description);
      this.loaded.set(name, loading);
      loading.catch(() => this.loaded.delete(name)); // the next use tries again
    }
    return this.loaded.get(name);
  }

  async #translate() {
    if (!this.video) showStatus("Translating…");
    const generator = await this.#generator(byId("direction").value);
    const { inputs, output, sample } = generator.description;
    this.#show(generator);
    const source = this.source ?? (await fetchImage(sample));
    const sides = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
    drawCenter(byId("before"), source, ...sides);
    this.lastInputs = { images: read(byId("before"), inputs.images[3]) };
    if (inputs.images[3] === 1) draw(byId("before"), this.lastInputs.images, inputs.images); // gray
    const { image, milliseconds } = await generator.run(this.lastInputs);
    draw(byId("after"), image, output);
    byId("save-translation").disabled = false;
    this.#showTime(milliseconds);
  }

  #showTime(milliseconds) {
    const now = performance.now();
    const rate = this.video ? this.frameRate.count(now) : 0;
    if (!this.video || now - this.timeShown > TIME_STAYS) {
      this.timeShown = now;
      const perSecond = rate ? `, ${rate.toFixed(1)} frames per second` : "";
      byId("translation-time").textContent = formatTime(milliseconds) + perSecond;
    }
    if (this.video) showStatus("Translating the camera.");
    else showStatus(this.source ? "Translated." : SAMPLE);
  }
}

/** Starts the page of a translator. */
export async function start({ generators }) {
  const translator = new Translator(generators, await Generator.load(generators[0]));
  byId("translator").hidden = false;
  await translator.translate();
  return translator;
}
