// The camera, its frames, and how many of them are shown per second.

const ERRORS = {
  NotAllowedError: "The camera was refused. Allow it beside the browser's address, and try again.",
  NotFoundError: "There is no camera.",
  NotReadableError: "The camera is in use by another program.",
};
const INSECURE = "Browsers allow a camera only to pages from https or from localhost.";
const ASKED = { video: { facingMode: "environment" } }; // a wish: other cameras are taken as well
const WINDOW = 2000; // milliseconds over which frames are counted

/** Returns a video of what the camera sees; a phone's camera is that on its back. */
export async function openCamera() {
  if (!navigator.mediaDevices) throw new Error(INSECURE);
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia(ASKED);
    await video.play();
  } catch (error) {
    closeCamera(video);
    throw new Error(ERRORS[error.name] ?? error.message);
  }
  return video;
}

/** Stops a camera's video; its last frame stays. */
export function closeCamera(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
}

/** Waits for a video's next frame. */
export function nextFrame(video) {
  return new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
    else requestAnimationFrame(resolve);
  });
}

/** The number of frames per second over the last two seconds. */
export class FrameRate {
  times = [];

  /** Counts a frame that is shown at a time, in milliseconds. Returns the rate, 0 for the first. */
  count(time) {
    this.times.push(time);
    while (this.times.length > 2 && time - this.times[0] > WINDOW) this.times.shift();
    return this.times.length > 1 ? (1000 * (this.times.length - 1)) / (time - this.times[0]) : 0;
  }
}
