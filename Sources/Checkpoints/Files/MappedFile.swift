internal import Files
package import Foundation

/// A file in memory without a copy: pages are read when they are touched.
///
/// The mapping is private: writing to it changes this process's copy of a page, never the file. It
/// ends with the last reference. As with every mapping, a file that another process makes shorter
/// meanwhile ends this process; files that are replaced by renaming, as ours are, stay whole.
package final class MappedFile: Sendable {
  /// The path, as it was given.
  package let path: String
  /// The number of bytes.
  package let count: Int
  /// The first byte; valid as long as this object is.
  nonisolated(unsafe) package let start: UnsafeMutableRawPointer

  /// Maps a file.
  ///
  /// - Parameter url: A file that is not empty; links are followed.
  /// - Throws: `CheckpointError` if it is empty, no file, or cannot be read.
  package init(_ url: URL) throws(CheckpointError) {
    path = url.path(percentEncoded: false)
    let mapping: (start: UnsafeMutableRawPointer, count: Int)?
    do throws(FileError) {
      mapping = try Self.map(path)
    } catch {
      throw .unreadable(error)
    }
    guard let mapping else {
      throw .truncated(file: path, part: "the file", expected: 1, found: 0)
    }
    (start, count) = mapping
  }

  /// Maps a file, unless it is empty.
  private static func map(
    _ path: String
  ) throws(FileError) -> (start: UnsafeMutableRawPointer, count: Int)? {
    let descriptor = try Descriptor(path, O_RDONLY, action: "open")
    let count = Int(try descriptor.status().st_size)
    guard count > 0 else { return nil }
    let flags = MAP_PRIVATE | MAP_NORESERVE
    guard let start = mmap(nil, count, PROT_READ | PROT_WRITE, flags, descriptor.number, 0),
      start != MAP_FAILED
    else { throw .last(path, "map") }
    return (start, count)
  }

  deinit {
    munmap(start, count)
  }

  /// Gives back the memory of bytes that are done with; touching them reads them again.
  ///
  /// What this process has changed in them may be lost.
  func release(_ range: Range<Int>) {
    let page = Int(getpagesize())
    let (first, end) = (range.lowerBound / page * page, range.upperBound / page * page)
    if first < end { madvise(start + first, end - first, MADV_DONTNEED) }
  }

  /// Lends bytes of the file.
  package func withBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) is not in \(path)")
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
  }
}
