internal import Foundation

/// The memory of this process that lies in the machine's, in megabytes, as Linux counts it.
enum ResidentMemory {
  /// What it is now.
  static func now() throws -> Double { try value("VmRSS") }

  /// The most that it was.
  static func peak() throws -> Double { try value("VmHWM") }

  private static func value(_ name: String) throws -> Double {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
    guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first,
      let number = Double(kilobytes)
    else { throw ChildError(description: "/proc/self/status: expected \(name) in kB, found none") }
    return number / 1024
  }
}
