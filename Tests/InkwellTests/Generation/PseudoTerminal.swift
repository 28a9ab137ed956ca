import Foundation

/// A terminal that a program writes to and a test reads.
struct PseudoTerminal {
  /// What a program is given as its terminal.
  let device: FileHandle
  private let screen: FileHandle

  init() throws {
    var (screen, device): (Int32, Int32) = (-1, -1)
    guard openpty(&screen, &device, nil, nil, nil) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    // A program of another test that held the device would keep the screen from ending.
    for end in [screen, device] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    self.screen = FileHandle(fileDescriptor: screen, closeOnDealloc: true)
    self.device = FileHandle(fileDescriptor: device, closeOnDealloc: true)
  }

  /// Everything that a running program writes until it ends.
  func readToEnd() throws -> String {
    try device.close()
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    // Linux says with an error that nobody has the device any more, other systems with an end.
    while case let count = read(screen.fileDescriptor, &buffer, buffer.count), count > 0 {
      text += buffer[..<count]
    }
    return String(decoding: text, as: UTF8.self)
  }
}
