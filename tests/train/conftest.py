import importlib

import pytest


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Run a command in this process, which spares it TensorFlow's start; return code and output."""

    def run(name, *arguments):
        monkeypatch.chdir(tmp_path)
        module = importlib.import_module(f"train.{name}")
        main = module.ENTRY.main if hasattr(module, "ENTRY") else module.main
        capsys.readouterr()
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        if isinstance(code, str):  # what Python does with a message: print it and exit with 1
            return 1, said.out, said.err + code
        return code, said.out, said.err

    return run
