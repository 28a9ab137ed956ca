internal import Foundation
internal import Torch

/// The machine that figures are of.
enum Host {
  /// The processor's name, with the numbers that tell it apart from others of that name.
  static var processor: String {
    let fields = table("/proc/cpuinfo")
    guard let name = fields["model name"] ?? fields["Processor"] else {
      return "an unknown processor"
    }
    guard let family = fields["cpu family"], let model = fields["model"] else { return name }
    return "\(name) (family \(family), model \(model))"
  }

  /// The cores that this process may use.
  static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// The machine's memory, in bytes.
  static var memory: Int { Int(ProcessInfo.processInfo.physicalMemory) }

  /// The system's name.
  static var system: String {
    let fields = table("/etc/os-release", separator: "=")
    return fields["PRETTY_NAME"]?.trimmingCharacters(in: ["\""])
      ?? ProcessInfo.processInfo.operatingSystemVersionString
  }

  /// The first value of each name in a file of names and values.
  private static func table(_ path: String, separator: Character = ":") -> [String: String] {
    guard let file = FileManager.default.contents(atPath: path) else { return [:] }
    let pairs = String(decoding: file, as: UTF8.self).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: separator, maxSplits: 1)
      return parts.count == 2
        ? (
          parts[0].trimmingCharacters(in: .whitespaces),
          parts[1].trimmingCharacters(in: .whitespaces)
        ) : nil
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  /// The lines that stand above every report.
  static func description(peak: Peak, versions: [String]) -> String {
    let date = Date.now.formatted(.iso8601.year().month().day())
    return """
      - \(processor), \(cores) cores, \(memory / 1_000_000_000) GB, \(system); \(date)
      - measured peaks: \(peak.description)
      - \(versions.joined(separator: ", "))
      """
  }
}
