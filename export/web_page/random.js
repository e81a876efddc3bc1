// Random numbers that are the same for a seed in every browser.

/** Returns a function that draws from the uniform distribution on [0, 1): mulberry32. */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws the random inputs of generators. */
export class Random {
  constructor(seed) {
    this.uniform = uniform(seed);
  }

  /** Draws from the standard normal distribution, by Box and Muller's method. */
  normal(length) {
    const draw = () => {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
      return radius * Math.cos(2 * Math.PI * this.uniform());
    };
    return Float32Array.from({ length }, draw);
  }

  /** Draws from the uniform distribution on [-1, 1). */
  codes(length) {
    return Float32Array.from({ length }, () => 2 * this.uniform() - 1);
  }

  /** Draws orthogonal unit vectors, at most as many as there are dimensions. */
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
 * Interpolates between two latents, around the origin: nearly all latents have the same length, and
 * a straight line leads through shorter ones that no generator has learned.
 */
export function interpolate(start, end, fraction) {
  const lengths = [norm(start), norm(end)];
  const cosine = dot(start, end) / (lengths[0] * lengths[1]);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  if (Math.sin(angle) < 1e-4) return add(start, add(end, start, -1), fraction);
  const length = lengths[0] + fraction * (lengths[1] - lengths[0]);
  const weights = [(1 - fraction) * angle, fraction * angle].map(
    (part, index) => (length * Math.sin(part)) / (Math.sin(angle) * lengths[index]),
  );
  return start.map((value, index) => weights[0] * value + weights[1] * end[index]);
}
