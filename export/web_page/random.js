// Numbers that are the same for the same seed, in every browser.

/** Returns a function that draws evenly from [0, 1): mulberry32. */
function evenly(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws what generators are given. */
export class Random {
  constructor(seed) {
    this.even = evenly(seed);
  }

  /** Draws from the standard normal distribution, by Box and Muller's method. */
  normal(length) {
    const draw = () => {
      const radius = Math.sqrt(-2 * Math.log(1 - this.even()));
      return radius * Math.cos(2 * Math.PI * this.even());
    };
    return Float32Array.from({ length }, draw);
  }

  /** Draws evenly from [-1, 1). */
  codes(length) {
    return Float32Array.from({ length }, () => 2 * this.even() - 1);
  }

  /** Draws directions of length 1 at right angles to each other, as many as there is room for. */
  directions(count, length) {
    const found = [];
    while (found.length < Math.min(count, length)) {
      let direction = this.normal(length);
      for (const other of found) direction = add(direction, other, -dot(direction, other));
      const size = norm(direction);
      if (size > 1e-3) found.push(direction.map((value) => value / size));
    }
    return found;
  }
}

export function dot(a, b) {
  return a.reduce((sum, value, index) => sum + value * b[index], 0);
}

export function norm(a) {
  return Math.sqrt(dot(a, a));
}

/** Returns a + factor * b. */
export function add(a, b, factor) {
  return a.map((value, index) => value + factor * b[index]);
}

/**
 * Goes a share of the way from one latent to another, around the origin: latents are nearly all
 * equally long, and a straight line would lead through shorter ones that no generator has learned.
 */
export function interpolate(start, end, share) {
  const lengths = [norm(start), norm(end)];
  const cosine = dot(start, end) / (lengths[0] * lengths[1]);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  if (Math.sin(angle) < 1e-4) return add(start, add(end, start, -1), share);
  const length = lengths[0] + share * (lengths[1] - lengths[0]);
  const weights = [(1 - share) * angle, share * angle].map(
    (part, index) => (length * Math.sin(part)) / (Math.sin(angle) * lengths[index]),
  );
  return start.map((value, index) => weights[0] * value + weights[1] * end[index]);
}
