// Converts images in [-1, 1], as generators have them, to pixels on a canvas and back.

const SMALL = 96; // pixels: images up to this side are enlarged with sharp edges

/** Gives a canvas the size of images (1, h, w, c). */
export function fit(canvas, [, height, width]) {
  canvas.width = width;
  canvas.height = height;
  canvas.style.setProperty("--aspect-ratio", width / height);
  canvas.classList.toggle("small", Math.max(width, height) <= SMALL);
}

/** Draws an image of shape (1, h, w, c) in [-1, 1]. */
export function draw(canvas, image, [, height, width, channels]) {
  const pixels = new Uint8ClampedArray(4 * height * width); // rounds halves to even, as Python does
  const isGray = channels === 1;
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = image[isGray ? pixel : pixel * channels + channel];
      pixels[4 * pixel + channel] = Math.fround(Math.fround(value + 1) * 127.5);
    }
    pixels[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}

/** Draws an image or a video frame, cropped at its center to the shape of the canvas. */
export function drawCenter(canvas, source, width, height) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const scale = Math.min(width / canvas.width, height / canvas.height);
  const [cropWidth, cropHeight] = [canvas.width * scale, canvas.height * scale];
  const corner = [(width - cropWidth) / 2, (height - cropHeight) / 2];
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white"; // transparent pixels become white
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, ...corner, cropWidth, cropHeight, 0, 0, canvas.width, canvas.height);
}

/** Reads a canvas as an image in [-1, 1] with one or three channels. */
export function read(canvas, channels) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const image = new Float32Array(canvas.width * canvas.height * channels);
  for (let pixel = 0; pixel < data.length / 4; pixel++) {
    const [red, green, blue] = [data[4 * pixel], data[4 * pixel + 1], data[4 * pixel + 2]];
    if (channels === 1) {
      image[pixel] = luminance(red, green, blue) / 127.5 - 1;
    } else {
      image[3 * pixel] = red / 127.5 - 1;
      image[3 * pixel + 1] = green / 127.5 - 1;
      image[3 * pixel + 2] = blue / 127.5 - 1;
    }
  }
  return image;
}

/** Returns the luminance as training data are read: ITU-R 601-2 in whole numbers. */
function luminance(red, green, blue) {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** Fetches an image file. */
export async function fetchImage(file) {
  const response = await fetch(file, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${file}: ${response.status} ${response.statusText}`);
  return createImageBitmap(await response.blob());
}

/** Lets the visitor save a canvas as a PNG file. */
export async function save(canvas, name) {
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers read it later
}
