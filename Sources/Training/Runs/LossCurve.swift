internal import Files
internal import Foundation

/// The file with the loss of every step.
///
/// A row is written at once and whole; rows that a checkpoint does not know are cut off when a run
/// goes on from it, so that the file of a resumed run is that of an uninterrupted one.
final class LossCurve {
  private static let header = "step,loss,gradient_norm,learning_rate\n"

  private let file: Descriptor

  /// Opens the curve of a run, with the rows up to `step` and no more.
  init(_ url: URL, keeping step: Int) throws {
    let path = url.path(percentEncoded: false)
    let flags = step == 0 ? O_RDWR | O_CREAT : O_RDWR
    file = try Descriptor(path, flags, mode: 0o644, action: "write")
    let length = try Self.length(url, keeping: step)
    guard ftruncate(file.number, off_t(length)) == 0, lseek(file.number, 0, SEEK_END) >= 0 else {
      throw FileError.last(path, "write")
    }
    if length == 0 { try file.write(Array(Self.header.utf8)) }
  }

  func append(_ update: Update, step: Int) throws {
    let numbers = [update.loss, update.gradientNorm, update.learningRate].map { "\(Float($0))" }
    try file.write(Array("\(step),\(numbers.joined(separator: ","))\n".utf8))
  }

  /// Waits until all rows are on the disk.
  func synchronize() throws(FileError) { try file.synchronize() }

  /// The number of bytes up to the end of the row of `step`; 0 for a file without a whole header.
  private static func length(_ url: URL, keeping step: Int) throws -> Int {
    let file = url.path(percentEncoded: false)
    let bytes: Data
    do {
      bytes = try Data(contentsOf: url)
    } catch {
      throw FileError(error, file, "read")
    }
    let newline = UInt8(ascii: "\n")
    var lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
    lines.removeLast()
    guard let first = lines.first else {
      if step == 0 { return 0 }
      throw TrainingError.damaged(file: file, expected: "rows up to step \(step)", found: "none")
    }
    guard first.elementsEqual(header.utf8.dropLast()) else {
      throw TrainingError.damaged(
        file: file, expected: "the header \(header.dropLast())",
        found: String(decoding: first.prefix(80), as: UTF8.self))
    }
    guard lines.count > step else {
      throw TrainingError.damaged(
        file: file, expected: "rows up to step \(step)", found: "up to step \(lines.count - 1)")
    }
    for number in 1..<(step + 1) where !lines[number].starts(with: "\(number),".utf8) {
      throw TrainingError.damaged(
        file: file, expected: "the row of step \(number) in line \(number + 1)",
        found: String(decoding: lines[number].prefix(80), as: UTF8.self))
    }
    return lines[step].endIndex + 1 - bytes.startIndex
  }
}
