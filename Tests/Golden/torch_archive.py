"""PyTorch's archives (`.ckpt`, `.pt` since version 1.6) by torch 2.13.0.

Writes CheckpointsTests/TorchPickle/: `lightning.ckpt`, in which everything stands that the published
`.ckpt` files of Stable Diffusion 1 have beside the weights (counters, a callback's state under its
class, numbers of NumPy, an optimizer), `lightning.safetensors`, its weights, and
`archive_cases.json`, sound and hostile archives with the reference's verdict (`weights_only=True`),
and why ours is stricter where it is. Seed 43.
"""

import base64
import collections
import io
import json
import os
import pathlib
import pickle
import struct
import sys
import tempfile
import types
import warnings
import zipfile

import numpy
import torch
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "CheckpointsTests/TorchPickle"
STRICTER = {
    "compressed pickle": "a few bytes could become any number",
    "compressed storage": "a few bytes could become any number",
    "an entry twice": "two readers could take different tensors",
    "comment of 60000 bytes": "the comment is not there",
    "big-endian": "its elements are in another order",
    "number in the dictionary": "the file is more than a state dict",
    "two pickles": "two readers could take different tensors",
    "bytes before the archive": "it could be another file as well",
    "bytes behind the archive": "it could be another file as well",
}


class Callback:
    """Stands for pytorch_lightning's ModelCheckpoint, whose class is a key of the callbacks."""


Callback.__module__ = "pytorch_lightning.callbacks.model_checkpoint"
Callback.__qualname__ = Callback.__name__ = "ModelCheckpoint"
for name in ("pytorch_lightning", "pytorch_lightning.callbacks", Callback.__module__):
    sys.modules[name] = types.ModuleType(name)
sys.modules[Callback.__module__].ModelCheckpoint = Callback


class System:
    def __reduce__(self):
        return os.system, ("touch PWNED",)


def saved(value):
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def lightning():
    torch.manual_seed(43)
    shared = torch.randn(6, 2)
    state = collections.OrderedDict({
        "betas": torch.linspace(0, 1, 5, dtype=torch.float64),
        "model.diffusion_model.out.2.weight": torch.randn(2, 3, 1, 1).half(),
        "model.diffusion_model.out.2.bias": torch.nn.Parameter(torch.randn(2)),
        "model_ema.num_updates": torch.tensor(7, dtype=torch.int32),
        "first": shared[:2], "rest": shared[2:].T, "wide": torch.randn(3).bfloat16(),
    })
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.randn(300))], lr=0.1, momentum=0.9)
    value = {
        "epoch": 2, "global_step": 470000, "pytorch-lightning_version": "1.4.2",
        "state_dict": state,
        "callbacks": {Callback: {"best_model_score": numpy.float64(0.25), "best_k_models": {},
                                 "shape": numpy.arange(3), "kth": System()}},
        "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [], "big": 2**70,
        "loops": {i: f"text {i}" for i in range(300)},  # more than 256 values are kept by number
    }
    (OUTPUT / "lightning.ckpt").write_bytes(saved(value))
    save_file({k: v.detach().contiguous().clone() for k, v in state.items()},
              OUTPUT / "lightning.safetensors")


def entries(data):
    archive = zipfile.ZipFile(io.BytesIO(data))
    return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(files, method=zipfile.ZIP_STORED, only=None):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files if isinstance(files, list) else files.items():
            chosen = method if only is None or name.endswith(only) else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), data, chosen)
    return file.getvalue()


def cases():
    good = saved({"a": torch.arange(4.0), "b": torch.ones(2, 2, dtype=torch.bfloat16)})
    files = entries(good)
    root = next(iter(files)).split("/")[0]
    pickled = files[f"{root}/data.pkl"]

    def changed(**parts):
        return packed(files | {f"{root}/{name.replace('_', '/', 1)}": data for name, data in parts.items()})

    def with_pickle(data):
        return packed(files | {f"{root}/data.pkl": data})

    yield "sound", good
    yield "packed by another program", packed(files)
    yield "state dict below another key", saved({"state_dict": {"a": torch.zeros(2)}, "epoch": 3})
    yield "number in the dictionary", saved({"a": torch.zeros(1), "epoch": 3})
    yield "call of os.system", with_pickle(pickle.dumps(System(), protocol=2))
    yield "call of os.system as a weight", with_pickle(pickle.dumps({"a": System()}, protocol=2))
    yield "state dict that is a call", with_pickle(
        pickle.dumps({"state_dict": System()}, protocol=2))
    yield "weights inside a call", with_pickle(
        b"\x80\x02cos\nsystem\n" + pickled[2:-1] + b"\x85R.")
    yield "compressed pickle", packed(files, zipfile.ZIP_DEFLATED, only="data.pkl")
    yield "compressed storage", packed(files, zipfile.ZIP_DEFLATED, only="data/0")
    yield "bomb", packed(files | {f"{root}/data/0": bytes(1_000_000)}, zipfile.ZIP_DEFLATED, "data/0")
    yield "storage too short", changed(data_0=bytes(4))
    yield "storage too long", changed(data_0=bytes(64))
    yield "no storage", packed({k: v for k, v in files.items() if not k.endswith("data/0")})
    yield "no pickle", packed({k: v for k, v in files.items() if not k.endswith("data.pkl")})
    yield "two pickles", packed(files | {"other/data.pkl": pickled})
    yield "an entry twice", packed(list(files.items()) + [(f"{root}/data/0", bytes(16))])
    yield "big-endian", packed(files | {f"{root}/byteorder": b"big"})
    yield "bytes before the archive", b"#!/bin/sh\n" + good
    yield "bytes behind the archive", good + b"more"
    yield "bytes behind the pickle's end", with_pickle(pickled + b"....")
    end = good.rindex(b"PK\x05\x06")
    directory = struct.unpack("<I", good[end + 16:end + 20])[0]

    def patched(place, form, value):
        size = struct.calcsize(form)
        return good[:place] + struct.pack(form, value) + good[place + size:]

    yield "directory outside", patched(end + 16, "<I", 2**31)
    yield "directory of 4 GB", patched(end + 12, "<I", 2**32 - 2)
    yield "60000 entries", patched(end + 8, "<I", 60000 | 60000 << 16)
    yield "entry outside", patched(directory + 42, "<I", 2**31)
    yield "entry of 4 GB", patched(directory + 20, "<I", 2**32 - 2)
    yield "encrypted entry", patched(directory + 8, "<H", 1)
    yield "entry of another name", patched(directory + 46, "<B", ord("Z"))
    yield "comment of 60000 bytes", patched(end + 20, "<H", 60000)
    for cut in (4, 40, len(good) // 2, len(good) - 30, len(good) - 1):
        yield f"cut after {cut} bytes", good[:cut]


def verdict(data):
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            pathlib.Path("a.pt").write_bytes(data)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = torch.load("a.pt", weights_only=True, map_location="cpu")
            value = value.get("state_dict", value)
            return sorted(str(name) for name in value)
        except Exception:
            return None
        finally:
            assert not os.path.exists("PWNED")
            os.chdir(before)


def main():
    lightning()
    rows = []
    for name, data in cases():
        row = {"case": name, "bytes": [[base64.b64encode(data).decode(), 1]], "names": verdict(data)}
        if row["names"] is not None and name in STRICTER:
            row["stricter"] = STRICTER[name]
        rows.append(row)
        print("refuses" if row["names"] is None else f"takes {row['names']}", "|", name)
    (OUTPUT / "archive_cases.json").write_text(json.dumps(rows, indent=1) + "\n")
    for name in ("lightning.ckpt", "lightning.safetensors", "archive_cases.json"):
        print(name, (OUTPUT / name).stat().st_size)


main()
