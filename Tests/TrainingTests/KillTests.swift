import Foundation
import TestSupport
import Testing
import Training

/// Runs of a program that trains, which are killed.
@Suite(.serialized) struct KillTests {
  static let steps = 1000

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("killed at 24 random moments, a run ends with the bits of one that was not")
  func killed() throws {
    let whole = RunFolder(folder.file("whole"))
    #expect(try Probe(whole, steps: Self.steps).finish() == "done \(Self.steps)\n")

    let cut = RunFolder(folder.file("cut"))
    var random = Random(state: 1)
    var halfSaved = 0
    for attempt in 0..<24 {
      let probe = try Probe(cut, steps: Self.steps)
      let moment = Moment(attempt, &random)
      moment.wait(in: cut, while: { probe.isRunning })
      #expect(probe.kill(), "the run ended before kill \(attempt + 1)")
      if hasLeftovers(cut) { halfSaved += 1 }
    }
    #expect(halfSaved > 0, "no kill came while a checkpoint was being saved")
    #expect(try Probe(cut, steps: Self.steps).finish() == "done \(Self.steps)\n")
    #expect(try runFiles(cut.url) == runFiles(whole.url))
  }

  @Test("a full disk is an error that names the file, and the old checkpoint stays")
  func fullDisk() throws {
    let run = RunFolder(folder.file("full"))
    let killed = try Probe(run, steps: Self.steps)
    Moment.rows(20).wait(in: run, while: { killed.isRunning })
    #expect(killed.kill())
    let saved = try run.savedSteps()
    #expect(saved.count == 2)
    let before = try runFiles(run.url).filter { $0.key.hasPrefix("checkpoint") }
    let message = try Probe(run, steps: Self.steps, limit: 3000).finish(status: 1)
    #expect(message.contains("/optimizer.safetensors: cannot write: File too large"))
    #expect(try run.savedSteps() == saved)
    #expect(try runFiles(run.url).filter { $0.key.hasPrefix("checkpoint") } == before)
    #expect(!hasLeftovers(run))
    #expect(try Probe(run, steps: Self.steps).finish() == "done \(Self.steps)\n")
  }
}

/// When to kill: some time after the start, after some rows of the curve, or during a save.
private enum Moment {
  case time(milliseconds: Int)
  case rows(Int)
  case saving(microseconds: Int)

  init(_ attempt: Int, _ random: inout Random) {
    switch attempt % 3 {
    case 0: self = .time(milliseconds: .random(in: 0...300, using: &random))
    case 1: self = .rows(.random(in: 1...60, using: &random))
    default: self = .saving(microseconds: .random(in: 0...3000, using: &random))
    }
  }

  func wait(in folder: RunFolder, while isRunning: () -> Bool) {
    switch self {
    case .time(let milliseconds):
      usleep(UInt32(1000 * milliseconds))
    case .rows(let rows):
      let target = length(folder.lossCurve) + 36 * rows
      while isRunning() && length(folder.lossCurve) < target { usleep(200) }
    case .saving(let microseconds):
      while isRunning() && !hasLeftovers(folder) { usleep(20) }
      usleep(UInt32(microseconds))
    }
  }

  private func length(_ url: URL) -> Int {
    var status = stat()
    return stat(url.path(percentEncoded: false), &status) == 0 ? Int(status.st_size) : 0
  }
}

/// Whether a checkpoint in the folder is half written or half removed.
private func hasLeftovers(_ folder: RunFolder) -> Bool {
  guard let entries = opendir(folder.url.path(percentEncoded: false)) else { return false }
  defer { closedir(entries) }
  while let entry = readdir(entries) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name.hasSuffix(".partial") || name.hasSuffix(".removed") { return true }
  }
  return false
}

/// A stream of random numbers that is the same in every run: Marsaglia 2003, xorshift64.
private struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }
}

/// The program that trains, at work in another process.
private final class Probe {
  private let process = Process()
  private let output = Pipe()

  init(_ folder: RunFolder, steps: Int, limit: Int? = nil) throws {
    process.executableURL = try Self.program()
    process.arguments =
      [folder.url.path(percentEncoded: false), "\(steps)"] + (limit.map { ["\($0)"] } ?? [])
    process.standardOutput = output
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// Kills the program; answers whether that is what ended it.
  func kill() -> Bool {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL
  }

  /// Waits for the end of the program, and answers what it printed.
  func finish(status: Int32 = 0) throws -> String {
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == status)
    return String(decoding: text, as: UTF8.self)
  }

  /// The program, which is built into the folder of the tests' own bundle.
  private static func program() throws -> URL {
    let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
    let own = bundles.first ?? URL(filePath: CommandLine.arguments[0])
    let candidates = [own, Bundle.main.bundleURL.appending(path: "x")].map {
      $0.deletingLastPathComponent().appending(path: "TrainingProbe")
    }
    return try #require(
      candidates.first {
        FileManager.default.isExecutableFile(atPath: $0.path(percentEncoded: false))
      },
      "no TrainingProbe beside \(own.path(percentEncoded: false))")
  }
}
