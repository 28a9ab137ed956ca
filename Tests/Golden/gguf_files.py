"""GGUF files by gguf 0.19.0, `pip install gguf==0.19.0` (numpy is all that it needs here).

Writes CheckpointsTests/GGUF/: `read.gguf`, blocks of every format that is read and plain numbers;
`read.safetensors`, what the reference makes of them; `write.safetensors`, numbers, and
`write.gguf`, the file that the reference writes of them; `cases.json`, sound and hostile files with
the reference's verdict, and why ours is stricter where it is. Seed 7.
"""

import base64
import importlib.metadata
import json
import pathlib
import signal
import struct
import tempfile

import gguf
import numpy as np
import torch
from safetensors.torch import save_file

assert importlib.metadata.version("gguf") == "0.19.0"
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "CheckpointsTests/GGUF"
TYPES = gguf.GGMLQuantizationType
# Where the half-precision scales stand in a block.
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82],
          "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
STRICTER = {
    "a size of zero": "no tensor of a model has one, and dividing by it has crashed readers",
    "nine dimensions": "ggml has four",
    "an offset that is not aligned": "ggml wants the tensors one behind the other, aligned",
    "a key without a name": "nobody can ask for it",
    "a gap between two tensors": "ggml wants the tensors one behind the other",
    "two tensors in one place": "ggml wants the tensors one behind the other",
    "bytes behind the last tensor": "two readers could take different files",
    "a truth value of 2": "no writer means it",
    "U+0000 in a name": "readers in C take another name",
    "a big-endian file": "its elements are in another order",
    "a text that is not UTF-8": "the format says that texts are",
    "an offset of 2^64-32": "the reference adds it up to a place before the tensors",
    "an original shape of other size": "the tensor has no such shape",
    "an original shape of 2^64 elements": "the tensor has no such shape",
}


def blocks(rng, name, rows, columns):
    numbers, size = gguf.GGML_QUANT_SIZES[TYPES[name]]
    data = rng.integers(0, 256, (rows * columns // numbers, size), dtype=np.uint8)
    scales = [0.5, -0.0123, 6e-8, 65504, 0, -3.7, 1e-3, 0.0311]  # 6e-8 is subnormal
    for place in SCALES[name]:
        halves = np.array([scales[i % 8] for i in rng.integers(0, 8, len(data))], np.float16)
        data[:, place:place + 2] = halves.view(np.uint8).reshape(-1, 2)
    return data.reshape(rows, -1)


def read_file(rng):
    writer = gguf.GGUFWriter(OUTPUT / "read.gguf", "sd1")
    writer.add_bool("a.bool", True)
    writer.add_int8("an.int8", -5)
    writer.add_float32("a.float32", 0.1)
    writer.add_float64("a.float64", 0.1)
    writer.add_uint64("a.uint64", 2**63 + 1)
    writer.add_array("some.texts", ["one", "zwölf", ""])
    writer.add_array("some.integers", [3, -1, 2**31 - 1])
    expected = {}
    for name in SCALES:
        data = blocks(rng, name, 2, 512)
        writer.add_tensor(name, data, raw_dtype=TYPES[name])
        expected[name] = torch.from_numpy(gguf.quants.dequantize(data, TYPES[name]))
    plain = rng.standard_normal((3, 1, 5)).astype(np.float32)
    writer.add_tensor("F32", plain)
    writer.add_tensor("F16", plain.astype(np.float16))
    writer.add_tensor("F64", plain.astype(np.float64))
    for kind in (np.int8, np.int16, np.int32, np.int64):
        writer.add_tensor(f"I{8 * kind().itemsize}", (100 * plain).astype(kind))
    writer.add_tensor("BF16", gguf.quants.quantize(plain, TYPES.BF16), raw_dtype=TYPES.BF16)
    writer.add_tensor("IQ4_NL", np.zeros((1, 18), np.uint8), raw_dtype=TYPES.IQ4_NL)
    # As ComfyUI-GGUF cuts a kernel into rows of 256.
    kernel = rng.standard_normal((64, 4, 3, 3)).astype(np.float32)
    cut = gguf.quants.quantize(kernel.reshape(9, 256), TYPES.Q8_0)
    writer.add_array("comfy.gguf.orig_shape.kernel", [64, 4, 3, 3])
    writer.add_tensor("kernel", cut, raw_dtype=TYPES.Q8_0)
    expected["kernel"] = torch.from_numpy(gguf.quants.dequantize(cut, TYPES.Q8_0)).reshape(64, 4, 3, 3)
    finish(writer)
    reader = gguf.GGUFReader(OUTPUT / "read.gguf")
    for tensor in reader.tensors:
        if tensor.name[0] in "FI" and tensor.name != "IQ4_NL":
            expected[tensor.name] = torch.from_numpy(tensor.data.copy())
    expected["BF16"] = torch.from_numpy(plain).bfloat16()
    save_file(expected, OUTPUT / "read.safetensors")


def write_file(rng):
    numbers = rng.standard_normal((6, 64)).astype(np.float32)
    numbers[1] *= 1e-6
    numbers[2, :32] = 0
    numbers[3] = np.round(numbers[3] * 4) / 4  # numbers in the middle between two, and equal ones
    numbers[4, 0] = 3e4
    numbers[5] = np.arange(64) % 2 * 254 - 127
    writer = gguf.GGUFWriter(OUTPUT / "write.gguf", "sd1")
    writer.add_uint32("general.file_type", 7)
    writer.add_string("general.name", "a näme")
    writer.add_array("comfy.gguf.orig_shape.x", [6, 64])
    for name in ("F32", "F16", "BF16", "Q8_0", "Q4_0"):
        data = gguf.quants.quantize(numbers, TYPES[name])
        writer.add_tensor(name, data, raw_dtype=TYPES[name])
    writer.add_tensor("odd", numbers[:, :3].copy().astype(np.float16))
    finish(writer)
    save_file({"numbers": torch.from_numpy(numbers)}, OUTPUT / "write.safetensors")


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(value)) + value


def tensor(name, sizes, kind=0, offset=0):
    numbers = b"".join(struct.pack("<Q", size % 2**64) for size in sizes)
    return text(name) + struct.pack("<I", len(sizes)) + numbers + struct.pack("<IQ", kind, offset)


def made(pairs=(), tensors=(), data=b"", version=3, magic=b"GGUF", counts=(None, None)):
    count, keys = (len(x) if y is None else y for x, y in zip((tensors, pairs), counts))
    head = magic + struct.pack("<IQQ", version, count, keys) + b"".join(pairs) + b"".join(tensors)
    return head + bytes(-len(head) % 32) + data


def cases():
    one, data = [tensor("a", [4])], bytes(32)
    yield "sound", made(tensors=one, data=data)
    yield "version 2", made(tensors=one, data=data, version=2)
    yield "no tensor", made()
    yield "a scalar", made(tensors=[tensor("a", [])], data=data)
    yield "last tensor without padding", made(tensors=one, data=bytes(16))
    yield "another magic number", made(magic=b"GGUX")
    yield "version 1", made(version=1)
    yield "version 99", made(version=99)
    yield "a big-endian file", b"GGUF" + struct.pack(">IQQ", 3, 0, 0) + bytes(8)
    yield "2^62 tensors", made(counts=(2**62, None))
    yield "2^62 keys", made(counts=(None, 2**62))
    yield "a key of 2^60 bytes", made([struct.pack("<Q", 2**60) + b"abc"])
    yield "an array of 2^60", made([text("k") + struct.pack("<IIQ", 9, 4, 2**60)])
    yield "2000 arrays in one another", made(
        [text("k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 2000])
    yield "a kind of value of 77", made([text("k") + struct.pack("<I", 77) + bytes(8)])
    yield "a truth value of 2", made([text("k") + struct.pack("<IB", 7, 2)])
    yield "a text that is not UTF-8", made([text("k") + struct.pack("<I", 8) + text(b"\xff\xfe")])
    yield "a key without a name", made([text("") + struct.pack("<II", 4, 7)])
    yield "U+0000 in a name", made(tensors=[tensor("a\0b", [4])], data=data)
    yield "a key twice", made([text("k") + struct.pack("<II", 4, 7)] * 2)
    yield "a tensor twice", made(tensors=one + [tensor("a", [4], offset=32)], data=bytes(64))
    yield "a size of zero", made(tensors=[tensor("a", [0, 4])], data=data)
    yield "2^68 elements", made(tensors=[tensor("a", [2**32, 2**32, 16])], data=data)
    yield "a negative size", made(tensors=[tensor("a", [-4])], data=data)
    yield "nine dimensions", made(tensors=[tensor("a", [1] * 9)], data=data)
    yield "2^32-1 dimensions", made(tensors=[text("a") + struct.pack("<I", 2**32 - 1)], data=data)
    yield "an offset behind the file", made(tensors=[tensor("a", [4], offset=2**40)], data=data)
    yield "an offset of 2^64-32", made(tensors=[tensor("a", [4], offset=2**64 - 32)], data=data)
    yield "an offset that is not aligned", made(tensors=[tensor("a", [4], offset=3)], data=data)
    yield "two tensors in one place", made(tensors=one + [tensor("b", [4])], data=data)
    yield "a gap between two tensors", made(
        tensors=one + [tensor("b", [4], offset=64)], data=bytes(96))
    yield "a type of elements of 99", made(tensors=[tensor("a", [4], 99)], data=data)
    yield "a type that ggml has given up", made(tensors=[tensor("a", [32], 4)], data=data)
    yield "33 numbers in blocks of 32", made(tensors=[tensor("a", [33], 8)], data=bytes(64))
    yield "too few data", made(tensors=[tensor("a", [400])], data=data)
    yield "bytes behind the last tensor", made(tensors=one, data=bytes(65))
    for name, value in [("0", (4, 0)), ("7", (4, 7)), ("2^31", (4, 2**31))]:
        pair = text("general.alignment") + struct.pack("<II", *value)
        yield f"an alignment of {name}", made([pair], one, data)
    yield "an alignment that is a text", made(
        [text("general.alignment") + struct.pack("<I", 8) + text("32")], one, data)
    yield "an alignment of 64", made(
        [text("general.alignment") + struct.pack("<II", 4, 64)], one, bytes(96))
    yield "an original shape of other size", made(
        [text("comfy.gguf.orig_shape.a") + struct.pack("<IIQ3i", 9, 5, 3, 2, 2, 2)], one, data)
    yield "an original shape of 2^64 elements", made(
        [text("comfy.gguf.orig_shape.a") + struct.pack("<IIQ4q", 9, 11, 4, 2**31, 2**31, 4, 1)],
        one, data)
    whole = made([text("k") + struct.pack("<I", 8) + text("v")], one, data)
    for cut in (0, 3, 7, 15, 23, 30, 40, 60, 80, 95):
        yield f"cut after {cut} bytes", whole[:cut]


def verdict(data):
    """The names that the reference finds, or None."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a.gguf"
        path.write_bytes(data)
        signal.alarm(20)
        try:
            return [tensor.name for tensor in gguf.GGUFReader(path).tensors]
        except (Exception, RecursionError):
            return None
        finally:
            signal.alarm(0)


def main():
    rng = np.random.default_rng(7)
    read_file(rng)
    write_file(rng)
    rows = []
    for name, data in cases():
        row = {"case": name, "bytes": base64.b64encode(data).decode(), "names": verdict(data)}
        if row["names"] is not None and name in STRICTER:
            row["stricter"] = STRICTER[name]
        rows.append(row)
        print("refuses" if row["names"] is None else f"takes {row['names']}", "|", name)
    (OUTPUT / "cases.json").write_text(json.dumps(rows, indent=1) + "\n")
    for path in sorted(OUTPUT.glob("*.*")):
        print(path.name, path.stat().st_size)


main()
