"""Several processes with one cache: killed ones, and those that wait for another."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from keras_gans.data import cache as caches
from keras_gans.data import reading
from keras_gans.data.cache import Cache, key_of
from keras_gans.data.images import ImageReader
from tests.data.kept_images import load_kept, make, values, with_images

ROOT = Path(__file__).parents[2]


WRITER = """
import sys, time
from pathlib import Path
import numpy as np
from keras_gans.data.cache import Cache, key_of

def produce(append):
    append([np.ones((2, 4, 4, 3), np.uint8)])
    print("half", flush=True)
    sys.stdin.read()

cache = Cache(Path(sys.argv[1]))
cache.write(key_of(name="killed"), [(4, 4, 4, 3)], produce)
"""


def test_a_killed_writer_leaves_nothing_that_is_taken_for_whole(folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WRITER, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == b"half\n"
        cache = Cache(folder)
        assert cache.find(key_of(name="killed")) is None
        make(cache, "other")  # what is being written stays
        (part,) = folder.glob(".entry-*")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert cache.find(key_of(name="killed")) is None and part.exists()
    make(cache, "killed")
    assert cache.find(key_of(name="killed")).arrays[0].shape == (4, 4, 4, 3)
    assert not list(folder.glob(".entry-*"))


LOADER = """
import sys
from pathlib import Path
from keras_gans.data import load, reading, shared_decoding

with shared_decoding(Path(sys.argv[2])):
    dataset = load(sys.argv[1], "images", image_size=4)
print(dataset.fingerprint)
"""


def test_of_two_processes_at_once_one_decodes(photos, folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", LOADER, str(photos), str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, env=environment, **pipes) for _ in range(3)]
    ended = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len({out for out, _ in ended}) == 1
    said = "".join(err for _, err in ended)
    assert said.count("decoded, and kept in") - said.count("read from") <= 3
    assert len(with_images(folder)) == 1
    assert load_kept(photos, None).fingerprint + "\n" == ended[0][0]


def test_waiting_for_another_process_finds_its_images(photos, folder, reads, monkeypatch):
    said = []  # not capsys, which loses what a thread prints while it is read
    monkeypatch.setattr(caches, "say", said.append)
    source = reading.ImageFiles(
        [(path,) for path in sorted(photos.iterdir())], ImageReader((4, 4), 3, "crop")
    )
    key = key_of(files=source.files, settings=source.settings)
    cache, begun, done = Cache(folder), threading.Event(), []
    with cache.alone(key):
        thread = threading.Thread(
            target=lambda: (begun.set(), done.append(load_kept(photos, folder)))
        )
        thread.start()
        begun.wait()
        deadline = time.monotonic() + 30
        while not any("waiting for another process" in line for line in said):
            assert time.monotonic() < deadline
        cache.write(key, [source.shape], source.decode)
        reads.clear()
    thread.join()
    assert values(done[0]) == [0, 1, 2, 3] and reads == []


def test_of_images_that_do_not_fit_one_process_sees_which_can_be_used(photos, folder, monkeypatch):
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", "0")
    locks, alone = [], []
    acquire, plain = caches.filelock.FileLock.acquire, reading.ImageFiles.decode

    def note(self, *arguments, **settings):
        if Path(self.lock_file).parent.name == "locks":
            locks.append(self)
        return acquire(self, *arguments, **settings)

    def decode(self, append):
        alone.append([lock.is_locked for lock in locks])
        return plain(self, append)

    monkeypatch.setattr(caches.filelock.FileLock, "acquire", note)
    monkeypatch.setattr(reading.ImageFiles, "decode", decode)
    load_kept(photos, folder)
    assert alone == [[True]]
