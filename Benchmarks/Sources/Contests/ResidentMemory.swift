internal import Foundation

/// The memory of a process that lies in the machine's, in megabytes, as Linux counts it.
enum ResidentMemory {
  /// What this process has now.
  static func now() throws -> Double { try value("VmRSS") }

  /// The most that this process had.
  static func peak() throws -> Double { try value("VmHWM") }

  /// The most that a process had; none if it has ended, or where the system does not tell.
  static func peak(of pid: pid_t) -> Double? { megabytes("VmHWM", of: "\(pid)") }

  private static func value(_ name: String) throws -> Double {
    guard let number = megabytes(name, of: "self") else {
      throw ChildError(description: "/proc/self/status: expected \(name) in kB, found none")
    }
    return number
  }

  private static func megabytes(_ name: String, of process: String) -> Double? {
    guard let status = FileManager.default.contents(atPath: "/proc/\(process)/status") else {
      return nil
    }
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix("\(name):")
    }
    let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
    return kilobytes.flatMap { Double($0) }.map { $0 / 1024 }
  }
}
