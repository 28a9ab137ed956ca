"""Golden clips, by the programs ffmpeg and ffprobe 5.1.9 of Debian 12 (package ffmpeg); no chance.

Writes ModalitiesTests/Video/clips.json: small files in each format and codec that is read, with the frames,
sizes and times that ffmpeg finds in them, and files that hold nothing to see.
"""

import base64
import json
import pathlib
import subprocess
import tempfile

OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Video"
EXACT = ["-bitexact", "-flags", "+bitexact", "-fflags", "+bitexact", "-threads", "1"]
# Frames at 0, 1, 2, 5 and 6 tenths of a second.
VARIABLE = ["-vf", "select='not(between(n,3,4))'", "-vsync", "passthrough"]


def run(*arguments, program="ffmpeg"):
    return subprocess.run([program, "-v", "error", *map(str, arguments)], check=True, capture_output=True).stdout


version = run("-version", program="ffprobe").decode().split()[2]
assert version.startswith("5.1.9"), version


def source(size, rate, count):
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}", "-frames:v", count]


CASES = {
    "h264.mp4": [*source("32x18", "24000/1001", 6), "-c:v", "libx264", "-bf", 2, "-metadata", "comment={\"w\": \"ü\"}"],
    "full_range.mp4": [*source("32x18", 25, 2), "-vf", "scale=out_range=full:out_color_matrix=bt709",
                       "-pix_fmt", "yuv420p", "-color_range", "pc", "-colorspace", "bt709", "-c:v", "libx264"],
    "hevc.mp4": [*source("32x32", 30, 2), "-c:v", "libx265", "-x265-params", "log-level=none:pools=1", "-tag:v", "hvc1"],
    "mpeg4.mov": [*source("32x18", 12, 3), "-c:v", "mpeg4"],
    "rotated.mp4": [*source("32x18", 10, 2), "-c:v", "libx264"],
    "variable.mp4": [*source("32x18", 10, 5), *VARIABLE, "-c:v", "libx264"],
    "vp8.webm": [*source("32x18", 15, 3), "-vf", "scale=31:17", "-c:v", "libvpx", "-metadata", "comment=eight"],
    "vp9.webm": [*source("32x18", "30000/1001", 4), "-vf", "scale=31:17", "-c:v", "libvpx-vp9"],
    "av1.webm": [*source("32x18", 24, 2), "-c:v", "libaom-av1", "-cpu-used", 8],
    "gif.gif": [*source("32x18", 10, 4), "-vf", "scale=31:17"],
    "variable.gif": [*source("16x10", 10, 5), *VARIABLE],
    "alpha.apng": [*source("32x18", 8, 3), "-vf", "scale=15:9,format=rgba,colorchannelmixer=aa=0.6", "-f", "apng"],
}
NOTHING = {
    "sound.mp4": ["-f", "lavfi", "-i", "sine=duration=0.05", "-c:a", "aac"],
    "codec.mov": [*source("32x18", 10, 1), "-c:v", "mjpeg"],
    "encrypted.mp4": [*source("32x18", 10, 2), "-c:v", "libx264", "-encryption_scheme", "cenc-aes-ctr",
                      "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb",
                      "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"],
}


def rotate(path):
    """Turns the pictures of an MP4 file by a quarter, in the matrix of its track's header."""
    file = bytearray(path.read_bytes())
    matrix = file.index(b"tkhd") + 4 + 40
    assert file[matrix:matrix + 4] == (1 << 16).to_bytes(4, "big")
    turned = [0, 1 << 16, 0, -(1 << 16), 0, 0, 18 << 16, 0, 1 << 30]
    file[matrix:matrix + 36] = b"".join(number.to_bytes(4, "big", signed=True) for number in turned)
    path.write_bytes(file)


def describe(path):
    fields = "stream=avg_frame_rate:frame=pts_time:format_tags=comment,COMMENT"
    found = json.loads(run("-select_streams", "v", "-show_entries", fields, "-of", "json", path, program="ffprobe"))
    view = "scale=sws_flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
    kind = "rgba" if path.suffix == ".apng" else "rgb24"
    turned = ["-noautorotate"] if path.stem == "rotated" else []
    if turned:  # Turned after it is RGB: ffmpeg itself turns before, and moves the colours by half a pixel.
        view += ",format=rgb24,transpose=clock"
    frames = run(*turned, "-i", path, "-vsync", "passthrough", "-vf", view, "-pix_fmt", kind, "-f", "rawvideo", "-")
    if kind == "rgba":  # Laid on white, as pictures are.
        frames = bytes((frames[i + c] * frames[i + 3] + 255 * (255 - frames[i + 3]) + 127) // 255
                       for i in range(0, len(frames), 4) for c in range(3))
    size = run("-i", path, "-frames:v", 1, "-f", "image2", "-c:v", "ppm", "-").split()[1:3]
    width, height = map(int, size)
    return {
        "width": width, "height": height, "comment": next(iter(found["format"].get("tags", {}).values()), None),
        "times": [float(frame["pts_time"]) for frame in found["frames"]],
        "pixels": base64.b64encode(frames).decode(),
    }


def main():
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in (CASES | NOTHING).items():
            path = pathlib.Path(folder) / name
            run(*arguments, *EXACT, path)
            if name == "rotated.mp4":
                rotate(path)
            case = {"name": name, "file": base64.b64encode(path.read_bytes()).decode()}
            cases.append(case | (describe(path) if name in CASES else {}))
    OUTPUT.mkdir(exist_ok=True)
    text = json.dumps(cases, indent=1, ensure_ascii=False)
    (OUTPUT / "clips.json").write_text(text + "\n")
    print("clips.json", len(text))
    for case in cases:
        print(case["name"], case.get("width"), case.get("height"), case.get("times"), case.get("comment"))


main()
