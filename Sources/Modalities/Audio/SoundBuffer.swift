internal import CSndFileLibrary
internal import Foundation

/// A file in memory, as libsndfile reads and writes it.
final class SoundBuffer {
  private(set) var bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  /// Moves to a place; gives it, or -1 where there is none.
  private func seek(_ offset: Int, _ origin: CInt) -> Int {
    let start =
      switch origin {
      case SEEK_CUR: place
      case SEEK_END: bytes.count
      default: 0
      }
    let (target, overflows) = start.addingReportingOverflow(offset)
    guard !overflows, target >= 0 else { return -1 }
    place = target
    return place
  }

  private func read(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
    let found = min(count, bytes.count - place)
    guard found > 0 else { return 0 }
    bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      target.copyMemory(from: start + place, byteCount: found)
    }
    place += found
    return found
  }

  private func write(_ source: UnsafeRawPointer, _ count: Int) -> Int {
    guard count > 0 else { return 0 }
    let new = UnsafeRawBufferPointer(start: source, count: count)
    if place > bytes.count { bytes += [UInt8](repeating: 0, count: place - bytes.count) }
    let kept = min(place + count, bytes.count)
    bytes.replaceSubrange(place..<kept, with: new)
    place += count
    return count
  }

  /// The functions by which libsndfile reaches a buffer, which is their last argument.
  static var access: SF_VIRTUAL_IO {
    SF_VIRTUAL_IO(
      get_filelen: { SoundBuffer.at($0)?.bytes.count.signed ?? -1 },
      seek: { SoundBuffer.at($2)?.seek(Int($0), $1).signed ?? -1 },
      read: { target, count, user in
        target.flatMap { SoundBuffer.at(user)?.read($0, Int(count)).signed } ?? 0
      },
      write: { source, count, user in
        source.flatMap { SoundBuffer.at(user)?.write($0, Int(count)).signed } ?? 0
      },
      tell: { SoundBuffer.at($0)?.place.signed ?? -1 })
  }

  /// What `at(_:)` finds again; the buffer must outlive its uses.
  var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  private static func at(_ pointer: UnsafeMutableRawPointer?) -> SoundBuffer? {
    pointer.map { Unmanaged<SoundBuffer>.fromOpaque($0).takeUnretainedValue() }
  }
}

extension Int {
  fileprivate var signed: sf_count_t { sf_count_t(self) }
}
