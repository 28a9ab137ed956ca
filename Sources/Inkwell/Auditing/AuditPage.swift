internal import Files
public import Foundation
internal import Modalities
internal import Torch

/// A page that shows what an audit found: one HTML file that needs no network.
public struct AuditPage: Sendable {
  private let result: AuditResult
  private let data: URL?

  /// A page of an audit.
  ///
  /// - Parameters:
  ///   - result: What was found.
  ///   - data: The folder of the training pictures, to show the nearest ones.
  public init(_ result: AuditResult, data: URL? = nil) {
    self.result = result
    self.data = data
  }

  /// Writes the page, which is whole or not there.
  ///
  /// - Parameter url: The file. What was there is replaced.
  /// - Throws: An `ImageError` for a picture that is no longer there, or a `FileError`.
  public func write(to url: URL) throws { try AtomicFile.write(Data(try html.utf8), to: url) }

  /// The file: the most suspicious picture first.
  public var html: String {
    get throws {
      let order = result.pictures.enumerated().sorted { first, second in
        (second.element.suspicion, first.offset) < (first.element.suspicion, second.offset)
      }
      let flagged = result.pictures.count { $0.verdict == .lookAtIt }
      let population = result.against == .real ? "real held-out pictures" : "the model's own"
      return """
        <!doctype html>
        <html lang="en"><meta charset="utf-8"><title>Audit</title>
        <style>
        body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; max-width: 70em; }
        section { display: flex; gap: 1em; margin: 1.5em 0; border-top: 1px solid #ccc; }
        figure { margin: .7em 0; } figcaption { font-size: 12px; max-width: 128px; }
        img { width: 128px; image-rendering: pixelated; }
        .flag { color: #a00; font-weight: 600; } td, th { padding: 0 .7em 0 0; text-align: left; }
        </style>
        <h1>\(flagged) of \(result.pictures.count) pictures to look at</h1>
        <p>Compared with \(population) for \(Self.escaped(result.model)); all checks together flag \
        \(PageNumber.percent(result.falseAlarms)) of those at most. The most suspicious first.</p>
        \(try order.map { try section($0.element) }.joined(separator: "\n"))
        </html>

        """
    }
  }

  private func section(_ picture: PictureAudit) throws -> String {
    let image = try Image(contentsOf: URL(filePath: picture.file)).flattened().centeredInSquare()
    var figures = [try Self.figure(image, picture.file)]
    if let places = picture.places {
      figures.append(try Self.figure(try places.heat(over: image), "how strange each place is"))
    }
    if let nearest = picture.nearest, let data {
      let image = try Image(contentsOf: data.appending(path: nearest))
      figures.append(try Self.figure(image, "nearest training picture: \(nearest)"))
    }
    let rows = picture.findings.map { finding in
      let about = finding.about.map { "; \($0)" } ?? ""
      return """
        <tr\(finding.isFlagged ? " class=\"flag\"" : "")><td>\(finding.check.rawValue)</td>\
        <td>\(PageNumber.short(finding.value.rounded(to: 3)))</td>\
        <td>\(PageNumber.short(finding.limit.rounded(to: 3)))</td>\
        <td>\(PageNumber.short(finding.usual.rounded(to: 3)))</td>\
        <td>\(Self.escaped(finding.isFlagged ? finding.check.meaning + about : ""))</td></tr>
        """
    }
    let notMade = picture.notMade.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "<li>\($0.key.rawValue): \(Self.escaped($0.value))</li>" }.joined()
    return """
      <section>\(figures.joined())<div>
      <p><b\(picture.verdict == .lookAtIt ? " class=\"flag\"" : "")>\(picture.verdict.rawValue)</b> \
      \(Self.escaped(picture.prompt ?? ""))</p>
      <table><tr><th>check</th><th>value</th><th>limit</th><th>usual</th><th></th></tr>
      \(rows.joined(separator: "\n"))</table>
      \(notMade.isEmpty ? "" : "<p>Not made:</p><ul>\(notMade)</ul>")</div></section>
      """
  }

  private static func figure(_ image: Image, _ caption: String) throws -> String {
    let png = try image.encoded(as: .png).base64EncodedString()
    return """
      <figure><img alt="" src="data:image/png;base64,\(png)">\
      <figcaption>\(escaped(caption))</figcaption></figure>
      """
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}

extension PictureAudit.Places {
  /// A picture, redder where it is stranger: fully so at the limit.
  func heat(over image: Image) throws -> Image {
    let rows = strangeness.count / columns
    let picture = image.tensor
    return try checked {
      let map = Tensor(strangeness.map { Float($0) }, shape: [1, 1, rows, columns])
        .upsampledBilinear2d(
          size: [image.height, image.width], alignCorners: false, scale: nil
        ).selected(dim: 0, index: 0)
      let share = (map.clamped(min: 0.0, max: 1.0) - 0.5).clamped(min: 0.0) * 2
      let red = Tensor([Float(1), -1, -1], shape: [3, 1, 1])
      return try Image(tensor: picture * (1 - share) + red * share)
    }
  }
}

extension Double {
  /// The nearest number with so many digits that count.
  func rounded(to digits: Int) -> Double {
    guard isFinite, self != 0 else { return self }
    let scale = pow(10, Double(digits - 1) - floor(log10(abs(self))))
    return (self * scale).rounded() / scale
  }
}
