#!/usr/bin/env python3
"""Pulls a model from a small local hub with inkwell and with huggingface_hub, and compares the caches.

    Tests/Scripts/hub-cache.py INKWELL [MEGABYTES]

INKWELL is the program, huggingface_hub (2.4.0 was tried) the reference. Both must leave the same blobs,
links and revisions, and each must take over what the other fetched. The file of MEGABYTES (3) is cut off
once on inkwell's way, which must go on from there. Not a part of `make test`: it needs Python's package.
"""

import hashlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

COMMIT = "c0ffee" * 6 + "c0ff"
LARGE = "unet/diffusion_pytorch_model.safetensors"
SIZE = int(float(sys.argv[2]) * 1e6) if len(sys.argv) > 2 else 3_000_000
FILES = {
    "model_index.json": b'{"_class_name": "StableDiffusionPipeline"}', "README.md": "# für dich".encode(),
    "empty.txt": b"", LARGE: os.urandom(1 << 20) * (SIZE >> 20) + os.urandom(SIZE % (1 << 20))}


def etag(data):
    if len(data) > 1000:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


ETAGS = {path: etag(data) for path, data in FILES.items()}


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []
    cuts = 0

    def log_message(self, *arguments):
        pass

    def say(self, value, code=200, headers={}):
        body = json.dumps(value).encode()
        self.send_response(code)
        for name, text in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer(self):
        path = urllib.parse.unquote(urllib.parse.urlparse(self.path).path)
        start = int((re.match(r"bytes=(\d+)-", self.headers.get("Range") or "") or [0, 0])[1])
        Hub.seen.append((self.command, path, start))
        if re.fullmatch(r"/api/models/t/m(/revision/[^/]+)?", path):
            files = [{"rfilename": name, "size": len(data)} for name, data in FILES.items()]
            return self.say({"_id": "1", "id": "t/m", "modelId": "t/m", "sha": COMMIT, "siblings": files,
                             "private": False, "tags": [], "downloads": 0, "likes": 0})
        if path.startswith("/api/models/t/m/tree/"):
            return self.say([{"type": "file", "path": name, "size": len(data), "oid": ETAGS[name]} | (
                {"lfs": {"oid": ETAGS[name], "size": len(data), "pointerSize": 1}} if len(data) > 1000 else {})
                for name, data in FILES.items()])
        found = re.fullmatch("/t/m/resolve/[^/]+/(.+)", path)
        if not found or found[1] not in FILES:
            return self.say({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
        data, tag = FILES[found[1]], ETAGS[found[1]]
        self.send_response(206 if start else 200)
        headers = {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT, "Content-Length": str(len(data) - start)}
        if len(data) > 1000:
            headers |= {"X-Linked-Etag": f'"{tag}"', "X-Linked-Size": str(len(data))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command == "HEAD":
            return
        if found[1] == LARGE and Hub.cuts:
            Hub.cuts -= 1
            self.wfile.write(data[start:len(data) // 2])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(data[start:])

    do_GET = do_HEAD = answer


def tree(cache):
    """What a cache holds, but for what only huggingface_hub notes beside it."""
    found = {}
    folder = cache / "models--t--m"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = "link to " + os.readlink(path)
        elif path.is_file() and not name.startswith("trees/"):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ |= {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HUB_DISABLE_XET": "1"}
    from huggingface_hub import __version__, snapshot_download

    def inkwell(cache):
        done = subprocess.run(
            [sys.argv[1], "model", "pull", "t/m", "--quiet"], capture_output=True, text=True,
            env={**os.environ, "HF_HUB_CACHE": str(cache)})
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fetched():
        names = [(path, start) for method, path, start in Hub.seen if method == "GET" and "/resolve/" in path]
        Hub.seen.clear()
        return names

    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = pathlib.Path(folder) / "ours", pathlib.Path(folder) / "theirs"
        Hub.cuts = 1
        began = time.monotonic()
        place = inkwell(ours)
        seconds = time.monotonic() - began
        starts = [start for path, start in fetched() if path.endswith(LARGE)]
        assert starts == [0, len(FILES[LARGE]) // 2], starts
        reference = snapshot_download("t/m", cache_dir=theirs)
        assert tree(ours) == tree(theirs), (tree(ours), tree(theirs))
        assert pathlib.Path(place).name == pathlib.Path(reference).name == COMMIT
        fetched()
        snapshot_download("t/m", cache_dir=ours)
        inkwell(theirs)
        assert fetched() == [], "a file was fetched again"
        assert snapshot_download("t/m", cache_dir=ours, local_files_only=True) == place.rstrip("/")
    print(f"hub-cache: equal to huggingface_hub {__version__}; {SIZE / 1e6:g} MB, cut once, in {seconds:.1f} s")


main()
