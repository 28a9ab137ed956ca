internal import Foundation
internal import Modalities

/// Shows pictures in a terminal that can: by kitty's protocol, by iTerm2's, or with half blocks in
/// 24-bit colours.
///
/// Pictures are drawn over one another in a block of lines above the progress line.
final class TerminalPreview {
  /// Which picture of a run is shown.
  enum Pace {
    /// One of many: left out if another one was just shown.
    case step
    /// The last: always shown.
    case last
  }

  /// How a terminal takes pictures.
  enum Method: Sendable, Hashable {
    /// https://sw.kovidgoyal.net/kitty/graphics-protocol
    case kitty
    /// https://iterm2.com/documentation-images.html
    case iTerm2
    /// `▀` with a colour for the upper and one for the lower half of a cell.
    case halfBlocks
  }

  private static let rows = 16
  private let method: Method
  private var isDrawn = false
  private var lastShown = Date.distantPast

  /// A preview on standard error, if that is a terminal that can show one.
  init?() {
    guard isatty(STDERR_FILENO) == 1,
      let method = Self.method(of: ProcessInfo.processInfo.environment)
    else { return nil }
    self.method = method
  }

  /// How the terminal that these variables describe takes pictures.
  static func method(of environment: [String: String]) -> Method? {
    let term = environment["TERM"] ?? ""
    let program = environment["TERM_PROGRAM"] ?? environment["LC_TERMINAL"] ?? ""
    let isMultiplexed = environment["TMUX"] != nil || term.hasPrefix("screen")
    if !isMultiplexed {
      let isKitty = environment["KITTY_WINDOW_ID"] != nil || term.contains("kitty")
      if isKitty || term.contains("ghostty") || program == "ghostty" { return .kitty }
      if ["iTerm.app", "iTerm2", "WezTerm"].contains(program) { return .iTerm2 }
    }
    return ["truecolor", "24bit"].contains(environment["COLORTERM"]) ? .halfBlocks : nil
  }

  /// Lets the next picture be drawn below what stands there now.
  func begin() {
    isDrawn = false
  }

  /// Shows a picture, which is made only if it is time for one.
  func show(pace: Pace, _ make: () throws -> Image) throws {
    guard pace == .last || Date().timeIntervalSince(lastShown) > 0.4 else { return }
    let image = try make()
    let up = "\u{1B}[\(Self.rows)A"
    // The lines are made first, so that the terminal scrolls before the picture is placed.
    let place = isDrawn ? "\r\(up)" : "\r\u{1B}[K" + String(repeating: "\n", count: Self.rows) + up
    let text = try Self.text(of: image, by: method, rows: Self.rows)
    FileHandle.standardError.write(Data("\(place)\u{1B}7\(text)\u{1B}8\u{1B}[\(Self.rows)B".utf8))
    isDrawn = true
    lastShown = Date()
  }

  /// What draws a picture at the cursor, so many lines high.
  static func text(of image: Image, by method: Method, rows: Int) throws -> String {
    switch method {
    case .kitty: kitty(try image.encoded(as: .png), rows: rows)
    case .iTerm2: iTerm2(try image.encoded(as: .png), rows: rows)
    case .halfBlocks:
      halfBlocks(try image.flattened().resized(width: 2 * rows, height: 2 * rows))
    }
  }

  /// PNG bytes in chunks of 4096 base64 digits, in place of those that had the same number.
  private static func kitty(_ png: Data, rows: Int) -> String {
    let digits = Array(png.base64EncodedString())
    var result = ""
    for start in stride(from: 0, to: digits.count, by: 4096) {
      let end = min(start + 4096, digits.count)
      let head = start == 0 ? "a=T,f=100,i=4711,p=1,q=2,C=1,c=\(2 * rows),r=\(rows)," : ""
      let more = end < digits.count ? 1 : 0
      result += "\u{1B}_G\(head)m=\(more);\(String(digits[start..<end]))\u{1B}\\"
    }
    return result
  }

  private static func iTerm2(_ png: Data, rows: Int) -> String {
    "\u{1B}]1337;File=inline=1;size=\(png.count);height=\(rows);width=\(2 * rows):"
      + png.base64EncodedString() + "\u{7}"
  }

  private static func halfBlocks(_ image: Image) -> String {
    func color(_ x: Int, _ y: Int) -> String {
      image[x, y].map { String($0) }.joined(separator: ";")
    }
    return stride(from: 0, to: image.height - 1, by: 2).map { y in
      let cells = (0..<image.width).map { x in
        "\u{1B}[38;2;\(color(x, y));48;2;\(color(x, y + 1))m▀"
      }
      return cells.joined() + "\u{1B}[0m"
    }.joined(separator: "\r\n")
  }
}
