internal import Foundation

/// Notes as a standard MIDI file of one track, in which a tick is a ten-thousandth of a second.
struct MIDIScore {
  /// A message of a channel at a time.
  private struct Event {
    let tick: Int
    /// What goes first at the same tick: ends, then programs, then beginnings.
    let rank: Int
    let bytes: [UInt8]
  }

  static let ticksPerSecond = 10_000
  private var events: [Event] = []

  /// Silences the channel and gives it an instrument.
  mutating func setProgram(_ program: Int, at seconds: Double) {
    add(seconds, 1, [0xB0, 120, 0])
    add(seconds, 1, [0xC0, UInt8(clamping: program)])
  }

  /// Plays a note.
  mutating func addNote(_ pitch: Int, from start: Double, to end: Double, velocity: Int) {
    let pitch = UInt8(min(max(pitch, 0), 127))
    add(start, 2, [0x90, pitch, UInt8(min(max(velocity, 1), 127))])
    add(end, 0, [0x80, pitch, 0])
  }

  private mutating func add(_ seconds: Double, _ rank: Int, _ bytes: [UInt8]) {
    let tick = Int((max(seconds, 0) * Double(Self.ticksPerSecond)).rounded())
    events.append(Event(tick: tick, rank: rank, bytes: bytes))
  }

  /// The file, whose track lasts until `seconds`.
  func encoded(lasting seconds: Double) -> Data {
    // A crotchet lasts a second: 1,000,000 microseconds.
    var track: [UInt8] = [0, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40]
    var now = 0
    let ordered = events.enumerated().sorted { a, b in
      (a.element.tick, a.element.rank, a.offset) < (b.element.tick, b.element.rank, b.offset)
    }
    for (_, event) in ordered {
      track += Self.variableLength(event.tick - now) + event.bytes
      now = event.tick
    }
    let end = max(Int(seconds * Double(Self.ticksPerSecond)), now)
    track += Self.variableLength(end - now) + [0xFF, 0x2F, 0]
    var bytes = Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1]
    bytes += [UInt8(Self.ticksPerSecond >> 8), UInt8(Self.ticksPerSecond & 0xFF)]
    bytes += Array("MTrk".utf8)
    bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: track.count >> $0) }
    return Data(bytes + track)
  }

  /// A number in sevens of bits, the highest first, all but the last marked.
  private static func variableLength(_ number: Int) -> [UInt8] {
    var bytes = [UInt8(number & 0x7F)]
    var rest = number >> 7
    while rest > 0 {
      bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
      rest >>= 7
    }
    return bytes
  }
}
