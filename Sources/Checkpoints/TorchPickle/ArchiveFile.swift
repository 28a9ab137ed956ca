/// The parts of a file in PyTorch's format since version 1.6: a ZIP archive.
struct ArchiveFile {
  /// The state dict.
  let content: StateDict
  /// Where the tensors are.
  private(set) var placement: TensorPlacement

  /// Reads the pickle and finds the storages.
  init(_ all: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    let directory = try ZipDirectory(all, file: file)
    let pickles = directory.entries.keys.filter { $0.split(separator: "/").last == "data.pkl" }
    guard let place = pickles.first.flatMap({ directory.entries[$0] }), pickles.count == 1 else {
      throw .syntax(
        file: file, offset: 0, expected: "one data.pkl in the archive", found: "\(pickles.count)")
    }
    let root = pickles[0].dropLast("data.pkl".count)
    if let order = directory.entries["\(root)byteorder"] {
      guard all[order].elementsEqual("little".utf8) else {
        throw .syntax(
          file: file, offset: order.lowerBound, expected: "little as the order of bytes",
          found: "another")
      }
    }
    var pickle = Unpickler(
      ByteReader(
        UnsafeRawBufferPointer(rebasing: all[..<place.upperBound]), file: file,
        offset: place.lowerBound))
    content = try pickle.stateDict()
    placement = TensorPlacement(file: file)
    for (_, tensor) in content.tensors {
      let storage = tensor.storage
      guard let data = directory.entries["\(root)data/\(storage.key)"] else {
        throw .missing(file: file, tensor: "data/\(storage.key)")
      }
      guard let size = storage.dtype.byteCount([storage.count]), size == data.count else {
        throw .truncated(
          file: file, part: "data/\(storage.key)",
          expected: UInt64(storage.dtype.byteCount([storage.count]) ?? 0), found: data.count)
      }
      let former = placement.storages.updateValue((storage, data.lowerBound), forKey: storage.key)
      guard former == nil || former?.storage == storage else {
        throw pickle.syntax("one type and size for storage \(storage.key)", "two")
      }
    }
  }
}
