"""Evaluations of all kinds of data: pairs of domains, points, with labels and without."""

import math
import re
from dataclasses import replace

import keras
import numpy as np
import pytest
from PIL import Image

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.data import DataConfig, load_config
from keras_gans.evaluation.metric_specs import QUICK
from keras_gans.evaluation.table import evaluated_with, evaluation_table
from keras_gans.models import CUT, GAN, CycleGAN
from tests.train.evaluations import DIGITS, refused, rows, write_run
from train.common.evaluation import make_evaluator


def test_what_cannot_be_measured_says_why():
    conditions = {"features": "f", "samples": {"generator": 1}, "split": "val"}
    table = evaluation_table({"fid": math.nan, "kid": 0.25}, conditions)
    assert "nan" not in table and "none: too few images, or not finite" in table
    assert "0.25" in table


def test_both_directions_of_translators_by_random_features_without_a_network(
    tmp_path, call, monkeypatch
):
    def unreachable(**_):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "InceptionV3", unreachable)
    model = CycleGAN.create((24, 24, 3), filters=2, blocks=1, discriminator_filters=2)
    stripes = DataConfig("stripes", "unpaired", image_size=24)
    write_run(tmp_path / "run", model, "cyclegan", stripes)
    code, stdout, _ = call("evaluate", "run", "--metrics", "fid,reconstruction")
    assert code == 0 and stdout.startswith("Inception's weights cannot be downloaded: go online")
    assert "Until then the features are random\n" in stdout
    found = rows(stdout)
    values = ("fid", "reconstruction_error")
    assert list(found) == [f"{way}/{value}" for way in ("a_to_b", "b_to_a") for value in values]
    assert re.sub(DIGITS, "", found["b_to_a/fid"][1]) == "random features, 64 samples against test"
    assert re.sub(DIGITS, "", found["a_to_b/reconstruction_error"][1]) == "64 samples of test"
    refused(call("evaluate", "run", "--features", "inception"), "Inception's weights", "random")


def test_the_split_that_was_trained_on_is_the_seeds():
    config = DataConfig("shapes", "images", image_size=8)
    trained_on = load_config(replace(config, seed=3))
    found = make_evaluator(config, trained_on, features="random", split="train", seed=3)
    np.testing.assert_array_equal(found.test.domains[0], trained_on.domains[0])
    tests = [make_evaluator(config, trained_on, features="random", seed=n).test for n in (0, 3)]
    np.testing.assert_array_equal(tests[0].domains[0], tests[1].domains[0])


def test_a_value_says_how_many_samples_it_is_of():
    conditions = {"features": "f", "samples": {"generator": 26_000}, "split": "val"}
    assert evaluated_with("fid", conditions) == "f, 26,000 samples against val"
    assert evaluated_with("recall", conditions) == "f, 10,000 samples against val"
    assert evaluated_with("authenticity", conditions) == "f, 10,000 samples against train"


def test_points_are_measured_by_their_modes(tmp_path, call, variants):
    model = variants["gan-points"].create()
    write_run(tmp_path / "run", model, "gan", DataConfig("ring", "images"))
    code, stdout, _ = call("evaluate", "run")
    assert code == 0 and rows(stdout).keys() == {"modes", "high_quality"}
    assert rows(stdout)["modes"][1] == "2,500 samples"


def test_a_run_of_grey_pictures_is_measured_by_grey_pictures(tmp_path, two_classes, call):
    code, stdout, _ = call("cgan", *two_classes, "--channels", 1, "--run-dir", "run")
    assert code == 0 and "2 examples of 8x8x1, 2 classes" in stdout
    info = RunDirectory(tmp_path / "run").read()
    assert load_config(info.data).fingerprint == info.fingerprint
    code, stdout, _ = call("evaluate", "run", "--features", "random", "--metrics", "fid")
    by = re.sub(DIGITS, "", rows(stdout)["fid"][1])
    assert code == 0 and by == "random features, 2 samples against train"


def test_a_folder_whose_classes_are_others_now(tmp_path, two_classes, call):
    assert call("cgan", *two_classes, "--run-dir", "run")[0] == 0
    (tmp_path / "data" / "bee").rename(tmp_path / "data" / "aphid")
    result = call("evaluate", "run", "--features", "random", "--metrics", "fid")
    refused(result, "has other classes", "which had: ant, bee")


def images_in(folder):
    return DataConfig(str(folder), "images", image_size=8)


def test_images_without_a_label_are_evaluated_too(tmp_path):
    for name in ("a.png", "b.png", "some/c.png", "some/d.png", "others/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    train = load_config(images_in(tmp_path))
    found = make_evaluator(images_in(tmp_path), train, features="random", metrics=["fid"])
    assert len(found.test) == len(train) == 5
    assert found.test.split == "train"


def test_labels_tell_the_classes_of_an_unconditional_model(tmp_path):
    for name in ("some/c.png", "some/d.png", "others/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (16, 16)).save(tmp_path / name)
    train = load_config(images_in(tmp_path))
    config = images_in(tmp_path)
    found = make_evaluator(config, train, features="random", default_metrics=QUICK)
    assert found.test.class_names == ("others", "some") and not found.conditional
    assert list(found.specs) == ["fid", "precision_recall"]


def test_a_domain_classifier_is_trained_and_counts_what_it_takes_for_the_target(tmp_path, call):
    flags = ["--data", "stripes", "--image-size", 24, "--epochs", 1, "--output", "domains.keras"]
    code, stdout, _ = call("domain_classifier", *flags)
    last = stdout.strip().splitlines()[-1]
    assert code == 0 and re.fullmatch(
        r"domains.keras: of test, \d+\.\d% of domain a and \d+\.\d% of domain b are mistaken", last
    )
    model = CUT.create((24, 24, 3), filters=2, blocks=1, discriminator_filters=2)
    write_run(tmp_path / "run", model, "cut", DataConfig("stripes", "unpaired", image_size=24))
    metrics = ["--metrics", "target_share,structure"]
    given = ["evaluate", "run", "--features", "random", *metrics, "--domain-classifier"]
    code, stdout, _ = call(*given, "domains.keras")
    found = rows(stdout)
    mistaken = [float(share) / 100 for share in re.findall(r"(\d+\.\d)%", last)]
    assert code == 0 and float(found["structure_distance"][0]) > 0
    # The figures have four digits, the errors one behind the point.
    assert float(found["target_share_of_sources"][0]) == pytest.approx(mistaken[0], abs=0.001)
    assert float(found["target_share_of_real"][0]) == pytest.approx(1 - mistaken[1], abs=0.001)
    shown = found["target_share"][1]
    assert re.fullmatch(r"domain classifier [0-9a-f]{8}, 64 samples against test \(.*\)", shown)
    refused(call(*given, "missing.keras"), "--domain-classifier", "no file 'missing.keras'")
    (tmp_path / "broken.keras").write_text("no zip")
    refused(call(*given, "broken.keras"), "--domain-classifier: broken.keras is no network")
    images = DataConfig("shapes", "images", image_size=8)
    write_run(tmp_path / "other", GAN.create((8, 8, 3), latent_dim=2), "gan", images)
    of_noise = ["evaluate", "other", "--features", "random", "--domain-classifier", "domains.keras"]
    refused(call(*of_noise), "--domain-classifier is for a model of two domains")
