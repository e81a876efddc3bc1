"""Stand-ins for trainings, which need no TensorFlow."""

import json

STAND_IN = """
import argparse, json, os, signal, sys, time
from pathlib import Path

import numpy as np

from keras_gans.cli.run_directory import RunDirectory, RunInfo
from keras_gans.data.config import DataConfig

parser = argparse.ArgumentParser()
for flag in ("--run-dir", "--seed", "--cpu-minutes", "--epochs", "--data", "--evaluate-every"):
    parser.add_argument(flag, required=True)
options, others = parser.parse_known_args()
run, minutes = Path(options.run_dir), float(options.cpu_minutes)
run.mkdir(exist_ok=True)
with open(run / "calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
names = ("CUDA_VISIBLE_DEVICES", "TF_FORCE_GPU_ALLOW_GROWTH", "OMP_NUM_THREADS", "TF_CONFIG")
(run / "environment").write_text(json.dumps({name: os.environ.get(name) for name in names}))
if not RunDirectory(run).exists():
    config = {"epochs": 1, "seed": int(options.seed), "precision": "float32"}
    info = RunInfo("gan", config, DataConfig("shapes", "images"), "0", None, {})
    RunDirectory(run).begin(info, [np.zeros(1)], earlier=None, may_change=())


def end(seconds):
    line = {"step": 10, "seconds": round(seconds, 1), "fid": 3.0 + float(options.seed)}
    line |= {"features": "some features", "samples": {"generator": 9}, "split": "test"}
    (run / "metrics.jsonl").write_text(json.dumps(line) + "\\n")

"""
KINDS = {
    "good": "end(60 * minutes)",
    "broken": "print('on its way'); sys.exit('error: it cannot be\\nGive something else')",
    "crashing": "raise RuntimeError('a bug')",
    "short": "end(30 * minutes)",
    "slow": """
def stop(number, frame):
    with open(run / "signals", "a") as signals:
        signals.write(f"{number}\\n")
    time.sleep(0.3)
    (run / "saved").touch()
    sys.exit(143)

signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
(run / "session").write_text(str(os.getsid(0) == os.getpid()))
while True:
    time.sleep(0.01)
""",
}


def calls(run):
    return [json.loads(line) for line in (run / "calls").read_text().splitlines()]
