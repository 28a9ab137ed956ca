internal import Foundation

/// A library that a tuned peer is started with, or why there is none.
struct Preload {
  let path: String?
  let problem: String?

  private init(path: String) { (self.path, problem) = (path, nil) }
  private init(problem: String) { (path, self.problem) = (nil, problem) }

  /// An allocator that keeps freed memory: the system's, or Debian's package unpacked in a folder.
  static func allocator(in folder: URL) -> Preload {
    let names = ["libtcmalloc_minimal.so.4", "libtcmalloc.so.4", "libjemalloc.so.2"]
    let unpacked = folder.appending(path: "allocator")
    func find() -> Preload? {
      let roots = [unpacked.appending(path: "usr/lib").path(percentEncoded: false), "/usr/lib"]
      let places = roots.flatMap { root in
        ["", "/x86_64-linux-gnu", "/aarch64-linux-gnu", "64"].map { root + $0 }
      }
      let files = names.flatMap { name in places.map { "\($0)/\(name)" } }
      return files.first { FileManager.default.fileExists(atPath: $0) }
        .map { Preload(path: URL(filePath: $0).path(percentEncoded: false)) }
    }
    if let found = find() { return found }
    do {
      try FileManager.default.createDirectory(at: unpacked, withIntermediateDirectories: true)
      let script = """
        cd "$1" && apt-get -q download libtcmalloc-minimal4 && \
        for package in *.deb; do dpkg -x "$package" .; done
        """
      _ = try Child.run(["sh", "-c", script, "sh", unpacked.path(percentEncoded: false)])
      return find() ?? Preload(problem: "tcmalloc: not in Debian's package")
    } catch {
      return Preload(
        problem: "tcmalloc: not found (\(error)); Debian has it in libtcmalloc-minimal4")
    }
  }

  /// A library that makes MKL choose its kernels by features on processors that are not Intel's.
  static func dispatch(in folder: URL) -> Preload {
    let path = folder.appending(path: "libmkl_by_features.so").path(percentEncoded: false)
    if FileManager.default.fileExists(atPath: path) { return Preload(path: path) }
    do {
      _ = try Child.run(
        ["cc", "-shared", "-fPIC", "-o", path, "Benchmarks/Peers/mkl_by_features.c"])
      return Preload(path: path)
    } catch {
      return Preload(problem: "MKL by features: not compiled (\(error))")
    }
  }
}
