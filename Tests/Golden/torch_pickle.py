"""Files in PyTorch's older format, by torch 2.13.0, and its verdicts on hostile ones; seed 41.

Writes, beside the tests that read them:
  CheckpointsTests/TorchPickle/state_dict.pth          a module's state dict and all dtypes
  CheckpointsTests/TorchPickle/state_dict.safetensors  the same tensors
  CheckpointsTests/TorchPickle/cases.json              sound and hostile files, with the names that
      `torch.load(weights_only=True)` finds, or null where it refuses; `stricter` says why this
      project refuses what the reference takes
"""

import base64
import io
import json
import os
import pathlib
import pickle
import pickletools
import struct
import tempfile
import warnings

import torch
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "CheckpointsTests/TorchPickle"
MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
STRICTER = {
    "every second element": "its elements have gaps",
    "one element for all": "its elements lie in one another's place",
    "number in the dictionary": "the file is more than a state dict",
    "list of tensors": "the file is more than a state dict",
    "bytes after the last storage": "two readers could take different files",
    "number as a name": "a tensor has a name",
    "repeated name": "two readers could take different tensors",
    "no storages": "its tensors have no elements",
    "big-endian machine": "its elements are in another order",
}


WIDTHS = {"Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2,
          "Char": 1, "Byte": 1, "Bool": 1}


def save(value, zipped=False):
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue() if zipped else renamed(file.getvalue())


def text(value):
    """BINUNICODE without its first byte."""
    return struct.pack("<I", len(value)) + value.encode()


def renamed(data):
    """The file with its storages named by order of use: PyTorch names them by their addresses."""
    file = io.BytesIO(data)
    for _ in range(3):
        list(pickletools.genops(file))
    start = file.tell()
    keys, width, kept, before = {}, 0, {}, None
    for operation, argument, _ in pickletools.genops(file):
        if operation.name == "GLOBAL" and argument.endswith("Storage"):
            width = WIDTHS[argument.removeprefix("torch ").removesuffix("Storage")]
            before = width
            continue
        if operation.name in ("BINPUT", "LONG_BINPUT") and before:
            kept[argument] = before
        if operation.name in ("BINGET", "LONG_BINGET"):
            width = kept.get(argument, width)
        if operation.name == "BINUNICODE" and argument.isdecimal() and len(argument) > 9:
            keys.setdefault(argument, (f"{len(keys)}", width))
        before = None
    body = data[start:file.tell()]
    blocks = {}
    for key in pickle.load(file):
        count = file.read(8)
        blocks[key] = count + file.read(struct.unpack("<q", count)[0] * keys[key][1])
    assert not file.read()
    for old, (new, _) in keys.items():
        body = body.replace(text(old), text(new))
    names = pickle.dumps([new for new, _ in keys.values()], protocol=2)
    return data[:start] + body + names + b"".join(blocks[key] for key in keys)


def sound():
    torch.manual_seed(41)
    module = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    state = module.state_dict()
    kinds = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
             torch.int16, torch.int8, torch.uint8]
    for kind in kinds:
        state[f"dtype.{str(kind).split('.')[1]}"] = (10 * torch.randn(2, 3)).abs().to(kind)
    state["dtype.bool"] = torch.randn(5) > 0
    shared = torch.randn(4, 3)
    state["view.first"] = shared[:2]
    state["view.rest"] = shared[2:]
    state["parameter"] = torch.nn.Parameter(torch.randn(2), requires_grad=False)
    state["channels last"] = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    state["permuted"] = torch.randn(2, 1, 3, 4).permute(2, 3, 0, 1)
    state["scalar"] = torch.tensor(7.5)
    state["empty"] = torch.zeros(0, 4)
    (OUTPUT / "state_dict.pth").write_bytes(save(state))
    save_file({name: tensor.detach().contiguous().clone() for name, tensor in state.items()},
              OUTPUT / "state_dict.safetensors")


class System:
    def __reduce__(self):
        return os.system, ("touch PWNED",)


def cases():
    plain = {"a": torch.arange(4.0)}
    good = save(plain)
    yield "sound", good
    yield "empty dictionary", save({})
    head = good[:good.index(b"}q\x00X\x01\x00\x00\x00a") - 2]  # up to the pickle of the state dict
    tail = good[good.index(b"\x80\x02]"):]
    body = good[len(head):-len(tail)]
    assert head + body + tail == good

    def pickled(data):
        return head + data + tail

    def changed(old, new):
        assert body.count(old) == 1, (old, body)
        return pickled(body.replace(old, new))

    yield "call of os.system", head + pickle.dumps(System(), protocol=2) + tail
    yield "name of os.system alone", pickled(b"cos\nsystem\n.")
    yield "call of eval", pickled(b"cbuiltins\neval\n(X\x01\x00\x00\x00111tR.")
    yield "INST", pickled(b"(X\x02\x00\x00\x00idios\nsystem\n.")
    yield "OBJ", pickled(b"(cos\nsystem\nX\x02\x00\x00\x00ido.")
    yield "NEWOBJ", pickled(b"cos\nsystem\n)\x81.")
    yield "STACK_GLOBAL", pickled(b"\x80\x04\x8c\x02os\x8c\x06system\x93.")
    yield "extension registry", pickled(b"\x82\x01.")
    yield "state of a type", pickled(b"ccollections\nOrderedDict\n}b.")
    yield "a million marks", pickled(b"\x80\x02" + b"(" * 1_000_000 + b".")
    yield "a million tuples in one another", pickled(b"\x80\x02)" + b"\x85" * 1_000_000 + b".")
    yield "five million lists", pickled(b"\x80\x02" + b"]" * 5_000_000 + b".")
    yield "a list in itself", pickled(b"\x80\x02]q\x00h\x00a.")
    yield "a text longer than the file", pickled(b"\x80\x02X" + struct.pack("<I", 0xFFFFFFF0) + b"abc.")
    yield "a text that is not UTF-8", pickled(b"\x80\x02}X\x02\x00\x00\x00\xff\xfeNs.")
    yield "a whole number of 200 bytes", pickled(b"\x80\x02\x8a\xc8" + b"\x01" * 200 + b".")
    yield "LONG4 of a negative length", pickled(b"\x80\x02\x8b" + struct.pack("<i", -5) + b".")
    yield "a value that was never kept", pickled(b"\x80\x02h\x07.")
    yield "2^32-1 as the number of a kept value", changed(b"}q\x00", b"}r\xff\xff\xff\xff")
    yield "nothing to take", pickled(b"\x80\x02a.")
    yield "no mark", pickled(b"\x80\x02}u.")
    yield "odd number of items", pickled(b"\x80\x02}(Nu.")
    yield "items below the mark", pickled(b"\x80\x02}X\x01\x00\x00\x00a(\x85.")
    yield "append to a number", pickled(b"\x80\x02K\x01Na.")
    yield "item of a list", pickled(b"\x80\x02]X\x01\x00\x00\x00aNs.")
    yield "call of a number", pickled(b"\x80\x02K\x01)R.")
    yield "protocol 9", pickled(b"\x80\x09}.")
    yield "no end", head + b"\x80\x02}"
    yield "storage that is a number", pickled(b"\x80\x02K\x01Q.")
    yield "tensor of nothing", pickled(b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n)Rs.")
    yield "larger size than the storage", changed(b"K\x04\x85", b"K\x7f\x85")
    yield "size of 2^62", changed(b"K\x04\x85", b"\x8a\x08" + struct.pack("<q", 1 << 62) + b"\x85")
    yield "negative size", changed(b"K\x04\x85", b"J\xfc\xff\xff\xff\x85")
    yield "negative offset", changed(b"QK\x00K", b"QJ\xff\xff\xff\xffK")
    yield "stride of two", changed(b"K\x01\x85", b"K\x02\x85")
    yield "another size of the storage", changed(b"K\x04N", b"K\x05N")
    yield "storage of another type", changed(b"FloatStorage", b"DoubleStorage")
    yield "storage of no type", changed(b"FloatStorage", b"QStorage")
    count = len(good) - 24
    yield "count of 5 before 4 elements", good[:count] + struct.pack("<q", 5) + good[count + 8:]
    yield "negative count", good[:count] + struct.pack("<q", -4) + good[count + 8:]
    yield "count of 2^62", good[:count] + struct.pack("<q", 1 << 62) + good[count + 8:]
    yield "no storages", head + body + b"\x80\x02]."
    yield "bytes after the last storage", good + b"\0"
    yield "empty file but for the magic number", MAGIC
    yield "another magic number", b"\x80\x02\x8a\x01\x07." + good[15:]
    yield "big-endian machine", good.replace(b"endianq\x02\x88", b"endianq\x02\x89")
    yield "ZIP archive", save(plain, zipped=True)
    yield "transposed tensor", save({"a": torch.randn(2, 3).T})
    yield "every second element", save({"a": torch.randn(6)[::2]})
    yield "one element for all", save({"a": torch.randn(1).expand(4)})
    yield "number in the dictionary", save({"a": torch.zeros(1), "epoch": 3})
    yield "nested dictionary", save({"state_dict": plain})
    yield "list of tensors", save([torch.zeros(1)])
    yield "number as a name", save({1: torch.zeros(1)})
    assert body[-4:-3] == b"q" and body[-2:] == b"s.", body  # the tensor is kept by a number
    yield "repeated name", pickled(body[:-1] + b"X\x01\x00\x00\x00ah" + body[-3:-2] + b"s.")
    for cut in (1, 10, 21, 60, len(head), len(head) + 30, len(good) - 20, len(good) - 1):
        yield f"cut after {cut} bytes", good[:cut]


def verdict(data):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a.pth"
        path.write_bytes(data)
        before = os.getcwd()
        os.chdir(folder)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = torch.load(path, weights_only=True, map_location="cpu")
            if not isinstance(value, dict):
                return []
            return sorted(str(name) for name in value.get("state_dict", value))
        except Exception:
            return None
        finally:
            assert not os.path.exists("PWNED")
            os.chdir(before)


def packed(data):
    """Runs of one byte are kept short: [[base64, times], …]."""
    parts, rest = [], data
    for byte in (b"(", b"\x85", b"]"):
        run = byte * 1000
        if run in rest:
            start = rest.index(run)
            end = start
            while rest[end:end + 1] == byte:
                end += 1
            parts += [[base64.b64encode(rest[:start]).decode(), 1],
                      [base64.b64encode(byte).decode(), end - start]]
            rest = rest[end:]
    return parts + [[base64.b64encode(rest).decode(), 1]]


OUTPUT.mkdir(parents=True, exist_ok=True)
sound()
rows = []
for name, data in cases():
    row = {"case": name, "bytes": packed(data), "names": verdict(data)}
    if row["names"] is not None and name in STRICTER:
        row["stricter"] = STRICTER[name]
    rows.append(row)
    print("refuses" if row["names"] is None else f"takes {row['names']}", "|", name)
(OUTPUT / "cases.json").write_text(json.dumps(rows, indent=1) + "\n")
for path in sorted(OUTPUT.glob("*.*")):
    print(path.name, path.stat().st_size)
