"""Compare the features, FID and KID of inception-2015.keras with torch-fidelity's.

`python docs/scripts/torch_fidelity_check.py make FOLDER`, where torch-fidelity is installed, writes
random weights in the published file's layout, the features of 16 images, and two folders of 200
images. `... compare FOLDER`, where keras_gans is, compares with FOLDER/inception-2015.keras.
"""

import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

SIDES = (32, 64, 128, 299)


def random_array(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return weights of a name, always the same, under which features neither vanish nor grow."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if len(shape) == 4:
        return rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
    if name.endswith((".running_var", ".bn.weight")):
        return rng.uniform(0.5, 1.5, shape)
    return rng.normal(0, 0.1, shape)


def make(folder: Path) -> None:
    """Write what is compared."""
    import torch
    from torch_fidelity import feature_extractor_inceptionv3 as inception

    class WithoutDownload(inception.FeatureExtractorInceptionV3):
        def load_state_dict(self, state_dict):
            pass

    inception.load_state_dict_from_url = lambda *_, **__: {}
    weights = WithoutDownload("features", ["2048"]).state_dict()
    for name, tensor in weights.items():
        if not name.endswith("num_batches_tracked"):
            weights[name] = torch.from_numpy(random_array(name, tuple(tensor.shape)).astype("f4"))
    folder.mkdir(exist_ok=True)
    file = folder / "random.pth"
    torch.save(weights, file, _use_new_zipfile_serialization=False)
    network = inception.FeatureExtractorInceptionV3("features", ["2048"], str(file))
    rng = np.random.default_rng(0)
    arrays = {}
    for side in SIDES:
        images = arrays[f"images{side}"] = rng.integers(0, 256, (4, side, side, 3), np.uint8)
        (features,) = network(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
        arrays[f"features{side}"] = features.numpy()
    np.savez(folder / "features.npz", **arrays)
    for name, side in (("fine", 32), ("coarse", 16)):
        (folder / name).mkdir(exist_ok=True)
        for number in range(200):
            pixels = rng.integers(0, 256, (side, side, 3), np.uint8)
            image = Image.fromarray(pixels).resize((32, 32), Image.Resampling.BILINEAR)
            image.save(folder / name / f"{number:03}.png")


def compare(folder: Path) -> None:
    """Print differences of features, and FID and KID of the two folders."""
    from keras_gans.evaluation.features import load_extractor
    from keras_gans.evaluation.metrics import FrechetDistance, KernelDistance
    from keras_gans.pixels import from_pixels

    extractor = load_extractor(folder / "inception-2015.keras", 3)
    arrays = np.load(folder / "features.npz")
    for side in SIDES:
        found = extractor.extract(from_pixels(arrays[f"images{side}"])).features
        expected = arrays[f"features{side}"]
        difference = np.abs(found - expected)
        large = expected > expected.max() / 1000
        print(
            f"{side}x{side}: {difference.max() / expected.max():.1e} of the largest feature, "
            f"{(difference[large] / expected[large]).max():.1e} of any above a thousandth of it"
        )
    fid, kid = FrechetDistance(2048), KernelDistance(2048, subset_size=200)
    both = []
    for name in ("fine", "coarse"):
        pixels = np.stack([np.asarray(Image.open(x)) for x in sorted((folder / name).iterdir())])
        parts = np.split(from_pixels(pixels), 4)
        both.append(np.concatenate([extractor.extract(part).features for part in parts]))
    fid.update_state(*both)
    kid.update_state(*both)
    print(f"fid {float(fid.result()):.3f}, kid {float(kid.result()['kid']):.2f}")


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](Path(sys.argv[2]))
