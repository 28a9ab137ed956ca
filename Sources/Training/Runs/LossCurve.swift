internal import Foundation

/// The file with the loss of every step.
///
/// A row is written at once and whole; rows that a checkpoint does not know are cut off when a run
/// goes on from it, so that the file of a resumed run is that of an uninterrupted one.
final class LossCurve {
  private static let header = "step,loss,gradient_norm,learning_rate\n"

  private let url: URL
  private let descriptor: Int32

  /// Opens the curve of a run, with the rows up to `step` and no more.
  init(_ url: URL, keeping step: Int) throws(TrainingError) {
    self.url = url
    let flags = step == 0 ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDWR | O_CLOEXEC
    descriptor = open(url.path(percentEncoded: false), flags, 0o644)
    guard descriptor >= 0 else { throw .lastSystem(url, "write") }
    let length = try Self.length(url, keeping: step)
    guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
      throw .lastSystem(url, "write")
    }
    if length == 0 { try write(Self.header) }
  }

  deinit { close(descriptor) }

  func append(_ update: Update, step: Int) throws(TrainingError) {
    let numbers = [update.loss, update.gradientNorm, update.learningRate].map { "\(Float($0))" }
    try write("\(step),\(numbers.joined(separator: ","))\n")
  }

  /// Waits until all rows are on the disk.
  func synchronize() throws(TrainingError) {
    guard fsync(descriptor) == 0 else { throw .lastSystem(url, "save") }
  }

  private func write(_ text: String) throws(TrainingError) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written >= 0 else { throw .lastSystem(url, "write") }
      rest = rest.dropFirst(written)
    }
  }

  /// The number of bytes up to the end of the row of `step`; 0 for a file without a whole header.
  private static func length(_ url: URL, keeping step: Int) throws(TrainingError) -> Int {
    let file = url.path(percentEncoded: false)
    let bytes: Data
    do {
      bytes = try Data(contentsOf: url)
    } catch {
      throw .system(path: file, action: "read", reason: error.localizedDescription)
    }
    let newline = UInt8(ascii: "\n")
    var lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
    lines.removeLast()
    guard let first = lines.first else {
      if step == 0 { return 0 }
      throw .damaged(file: file, expected: "rows up to step \(step)", found: "none")
    }
    guard first.elementsEqual(header.utf8.dropLast()) else {
      throw .damaged(
        file: file, expected: "the header \(header.dropLast())",
        found: String(decoding: first.prefix(80), as: UTF8.self))
    }
    guard lines.count > step else {
      throw .damaged(
        file: file, expected: "rows up to step \(step)", found: "up to step \(lines.count - 1)")
    }
    for number in 1..<(step + 1) where !lines[number].starts(with: "\(number),".utf8) {
      throw .damaged(
        file: file, expected: "the row of step \(number) in line \(number + 1)",
        found: String(decoding: lines[number].prefix(80), as: UTF8.self))
    }
    return lines[step].endIndex + 1 - bytes.startIndex
  }
}
