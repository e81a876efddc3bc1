"""Horse2zebra in miniature: plain and striped animals on the same meadows.

Both domains draw the same kind of body, in a pose of its own each time. They differ in the coat
alone: brown with a dark mane and tail, or white with dark stripes that run around each part of the
body. The backgrounds of both come from one distribution, so a translation should leave them be.

An animal is drawn in units of its own: it looks right, its trunk is centered on the origin and one
unit long, y points down and its hooves stand at `_GROUND`.
"""

from __future__ import annotations

import numpy as np

from keras_gans.data.synthetic.drawing import (
    Draws,
    coverage,
    draw_stack,
    ellipse,
    grid,
    hsv,
    length,
    limb,
    mix,
    smooth_union,
    smoothstep,
)

_GROUND = 0.78
# The head reaches further than the tail: the middle of the whole animal.
_MIDDLE = 0.12


def draw_stripes(rng: np.random.Generator, count: int, size: int):
    """`count` plain and `count` striped animals, no body and no background in both.

    Returns:
        Two domains, uint8 (count, size, size, 3), and no labels.
    """
    return tuple(_draw_domain(rng, count, size, striped) for striped in (False, True)), None


def _draw_domain(rng: np.random.Generator, count: int, size: int, striped: bool):
    draws = Draws(rng, count)
    meadow, pose, coat = _meadow(draws), _pose(draws), _coat(draws, striped)
    x, y = grid(size)

    def images(at: slice) -> np.ndarray:
        def cut(parameters: dict) -> dict:
            return {name: values[at] for name, values in parameters.items()}

        here = cut(pose)
        u = (x - here["x"]) * here["facing"] / here["scale"] + _MIDDLE
        v = (y - here["ground"]) / here["scale"] + _GROUND
        animal = _Animal(u, v, here, size, striped)
        shadow = 0.45 * np.exp(-3.5 * ((u / 0.6) ** 2 + ((v - _GROUND) / 0.09) ** 2))
        color = _colors(animal, cut(coat))
        page = _background(x, y, cut(meadow)) * (1 - shadow)[..., None]
        return mix(page, color, animal.inside[..., None])

    return draw_stack(images, count, size)


def _pose(draws: Draws) -> dict[str, np.ndarray]:
    scale = draws.between(0.72, 0.95)
    return {
        "scale": scale,
        "x": draws.between(-1, 1) * (1.0 - 0.85 * scale),
        "ground": draws.between(0.55, 0.88),
        "facing": np.sign(draws.between(-1, 1)),
        "stride": draws.between(-0.38, 0.38),
        "neck": draws.between(0.45, 1.15),
        "head": draws.between(0.45, 0.95),
        "tail": draws.between(-0.1, 0.25),
        "pitch": draws.between(5.5, 7.0),
        "phase": draws.between(0, 1),
    }


def _coat(draws: Draws, striped: bool) -> dict[str, np.ndarray]:
    hue, saturation, value = (
        draws.between(0.035, 0.09),
        draws.between(0.5, 0.75),
        draws.between(0.42, 0.75),
    )
    if striped:
        saturation, value = saturation * 0.1, value * 0.1 + 0.87
    light = hsv(hue, saturation, value)
    darkness = draws.between(0.1, 0.3)[..., None]
    dark = np.full_like(light, 0.1) * (0.5 + 2 * darkness) if striped else light * darkness
    return {"light": light, "dark": dark}


def _meadow(draws: Draws) -> dict[str, np.ndarray]:
    return {
        "horizon": draws.between(-0.35, 0.2),
        "sky": hsv(draws.between(0.53, 0.61), draws.between(0.35, 0.65), draws.between(0.75, 0.95)),
        "grass": hsv(draws.between(0.14, 0.31), draws.between(0.4, 0.65), draws.between(0.5, 0.75)),
        "hill": hsv(draws.between(0.25, 0.5), draws.between(0.15, 0.4), draws.between(0.35, 0.6)),
        "roughness": draws.between(0.03, 0.12),
        "cloud": draws.between(-0.6, 0.5),
        "a": draws.between(0, 2 * np.pi),
        "b": draws.between(0, 2 * np.pi),
        "c": draws.between(0, 2 * np.pi),
    }


def _background(x, y, meadow: dict[str, np.ndarray]) -> np.ndarray:
    """Sky with clouds, hills at the horizon, and grass that is finer the further away."""
    a, b, c = meadow["a"], meadow["b"], meadow["c"]
    below = y - meadow["horizon"]
    waves = np.sin(2.1 * x + 5 * y + a) + np.sin(-3.7 * x + 9 * y + b) + np.sin(5.3 * x - 4 * y + c)
    clouds = 0.75 * smoothstep(0.2, 2.2, waves + meadow["cloud"])
    haze = smoothstep(-1.0, 0.1, below)
    sky = mix(meadow["sky"], 1.0, np.maximum(0.65 * haze, clouds)[..., None])
    ridge = 0.08 + meadow["roughness"] * (np.sin(2.9 * x + b) + 0.6 * np.sin(6.1 * x + c))
    land = mix(sky, meadow["hill"], smoothstep(-0.03, 0.03, below + ridge)[..., None])

    depth = 4 * np.log1p(4 * below.clip(0))
    blades = np.sin(11 * x + 7 * depth + a) * np.sin(-17 * x + 9 * depth + b)
    patches = np.sin(3 * x + 1.7 * depth + c)
    light = 0.8 + 0.25 * below.clip(0) + 0.6 * meadow["roughness"] * (blades + patches)
    return mix(land, meadow["grass"] * light[..., None], smoothstep(-0.02, 0.02, below)[..., None])


def _colors(animal: _Animal, coat: dict[str, np.ndarray]) -> np.ndarray:
    return mix(coat["light"], coat["dark"], animal.dark[..., None]) * animal.light[..., None]


class _Animal:
    """An animal painted part over part, from the far side to the near.

    Attributes:
        inside: how much of each pixel it covers.
        dark: where its coat is dark, from 0 to 1.
        light: the light that falls on it.
    """

    def __init__(self, u, v, pose: dict[str, np.ndarray], size: int, striped: bool):
        self.u, self.v, self.pose = u, v, pose
        self.size, self.striped = size, striped
        self.inside = self.dark = np.zeros_like(u + v)
        self.light = np.ones_like(self.inside)
        stride = pose["stride"]
        self._leg(0.33, -stride, 0.0, light=0.62)
        self._leg(-0.38, stride, 0.35, light=0.62)
        self._tail()
        self._neck_and_head()
        self._trunk()
        self._leg(0.37, stride, 0.0, light=0.9)
        self._leg(-0.36, -stride, 0.35, light=0.9)

    def _paint(self, distance, dark, light) -> None:
        here = coverage(distance * self.pose["scale"], self.size)
        self.inside = np.maximum(self.inside, here)
        self.dark = mix(self.dark, dark, here)
        self.light = mix(self.light, light, here)

    def _stripes(self, position):
        """The coat at a position along a part of the body: stripes, if it has them."""
        if not self.striped:
            return np.zeros_like(position)
        wave = np.sin(2 * np.pi * (self.pose["pitch"] * position + self.pose["phase"]))
        return smoothstep(-0.45, 0.45, wave)

    def _trunk(self) -> None:
        u, v = self.u, self.v
        barrel = ellipse(u, v, (0.0, 0.01), (0.5, 0.22))
        rump = length(u + 0.34, v + 0.04) - 0.21
        chest = length(u - 0.34, v + 0.01) - 0.2
        distance = smooth_union(smooth_union(barrel, rump, 0.1), chest, 0.1)
        # Stripes stand upright at the shoulder and lean back over the rump.
        lean = 0.9 * (u - 0.3).clip(None, 0)
        self._paint(distance, self._stripes(u - lean * (v + 0.1)), _lit(v / 0.24))

    def _neck_and_head(self) -> None:
        pose = self.pose
        root = 0.36, -0.05
        poll = root[0] + 0.46 * np.cos(pose["neck"]), root[1] - 0.46 * np.sin(pose["neck"])
        nose = poll[0] + 0.27 * np.cos(pose["head"]), poll[1] + 0.27 * np.sin(pose["head"])
        tip = poll[0] - 0.02, poll[1] - 0.17
        crest = _shifted(root, pose["neck"], 0.17), _shifted(poll, pose["neck"], 0.09)
        u, v = self.u, self.v

        distance, along, _ = limb(u, v, *crest, 0.06, 0.075)
        mane = 0.4 + 0.6 * self._stripes(0.46 * along) if self.striped else 1.0
        self._paint(distance, mane, 0.95)
        distance, along, side = limb(u, v, root, poll, 0.19, 0.09)
        self._paint(distance, self._stripes(0.46 * along + 0.5), _lit(side / 0.15))
        distance, along, _ = limb(u, v, (poll[0] + 0.01, poll[1]), tip, 0.04, 0.015)
        self._paint(distance, 0.3 * along, 0.95)
        distance, along, side = limb(u, v, poll, nose, 0.098, 0.062)
        muzzle = smoothstep(0.75, 0.95, along) * (1.0 if self.striped else 0.6)
        self._paint(distance, np.maximum(self._stripes(0.3 * along), muzzle), _lit(side / 0.1))
        eye = mix(poll[0], nose[0], 0.25), mix(poll[1], nose[1], 0.25)
        self._paint(length(u - eye[0] - 0.01, v - eye[1] + 0.03) - 0.024, 1.0, 0.6)

    def _tail(self) -> None:
        swing = self.pose["tail"]
        distance, along, _ = limb(
            self.u, self.v, (-0.52, -0.12), (-0.6 - swing, 0.3 - 0.3 * swing), 0.03, 0.055
        )
        tuft = smoothstep(0.45, 0.6, along) if self.striped else 1.0
        self._paint(distance, np.maximum(tuft, self._stripes(0.45 * along)), 0.85)

    def _leg(self, u: float, swing, bend: float, light: float) -> None:
        """A leg in two parts; `bend` is how far the lower one turns back, as a hind leg's does."""
        thick = 0.15 if bend else 0.105
        hip = u, 0.06
        upper, lower = swing + 0.4 * bend, swing * 0.6 - 0.5 * bend
        knee = hip[0] + 0.36 * np.sin(upper) - 0.2 * bend, hip[1] + 0.34 * np.cos(upper)
        hoof = knee[0] + 0.36 * np.sin(lower), _GROUND - 0.035 - 0.05 * np.abs(swing)
        distance, along, _ = limb(self.u, self.v, hip, knee, thick, 0.06)
        self._paint(distance, self._stripes(0.36 * along), light)
        distance, along, _ = limb(self.u, self.v, knee, hoof, 0.055, 0.042)
        hooves = smoothstep(0.82, 0.92, along)
        self._paint(distance, np.maximum(hooves, self._stripes(0.36 * along)), light)


def _lit(across):
    """Light from above on a rounded part; `across` goes from -1 on top to 1 below."""
    return 1.06 - 0.34 * smoothstep(-0.6, 1.1, across)


def _shifted(point, angle, by: float):
    """A point moved to the upper side of a line that rises at an angle."""
    return point[0] - by * np.sin(angle), point[1] - by * np.cos(angle)
