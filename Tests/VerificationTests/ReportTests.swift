import Foundation
import Testing

@testable import Verification

/// What is written of a proof.
@Suite struct ReportTests {
  private static let lines = [
    ProofLine(
      (.samplers, "one"), "order <here> & \"there\"", measured: 0.98,
      claim: .atLeast(1, within: 0.2), note: "from 1 to 2 steps"),
    ProofLine((.samplers, "two"), "error", measured: .nan, claim: .atMost(1)),
    ProofLine((.guidance, "three"), "distance", measured: 1.5, claim: .equal(1, within: 0.1)),
    ProofLine((.likelihood, "four"), "bits", measured: 1e-9),
  ]
  private static let proof = Proof(
    mixture: .example, lines: lines,
    curves: (0..<11).map { index in
      ErrorCurve(
        sampler: "sampler-\(index)", kind: index < 10 ? .samples : .variance, order: index % 2,
        points: [
          .init(limit: 10, evaluations: 9, error: 0.1),
          .init(limit: 20, evaluations: 20, error: nil),
          .init(limit: 100, evaluations: 100, error: index == 3 ? 0 : 1e-5),
        ])
    })

  @Test("JSON round-trips, with what is not finite")
  func json() throws {
    let text = try Self.proof.json()
    let again = try JSONDecoder().decode(Proof.self, from: Data(text.utf8))
    #expect(again == Self.proof)
    #expect(!again.holds && again.lines[1].measured == nil)
    #expect(text.contains("\"tolerance\" : 0.2"))
  }

  @Test("a proof holds if all its lines do, and if there are any")
  func holds() {
    func holds(_ lines: [ProofLine]) -> Bool {
      Proof(mixture: .example, lines: lines, curves: []).holds
    }
    #expect(holds([Self.lines[0], Self.lines[3]]))
    #expect(!holds([Self.lines[0], Self.lines[2]]))
    #expect(!holds([]))
    #expect(Self.proof.summary == "2 of 4 lines do not hold.")
    #expect(
      Proof(mixture: .example, lines: [Self.lines[0]], curves: []).summary == "All 1 lines hold.")
  }

  @Test("the table has a row for each line")
  func table() {
    let rows = Self.proof.description.split(separator: "\n")
    #expect(rows[0] == "Samplers")
    #expect(rows[1].hasPrefix("  ✓ one  order <here>"))
    #expect(rows[1].hasSuffix("≥ 1  0.98        ± 0.2  (from 1 to 2 steps)"), "\(rows[1])")
    #expect(rows[2].hasPrefix("  ✗ two") && rows[2].hasSuffix("≤ 1  not finite  ± 0"))
    #expect(rows.last == "2 of 4 lines do not hold.")
    #expect(rows.count == 8)
  }

  @Test("the page holds each line, asks for nothing from elsewhere, and is well-formed")
  func page() {
    let page = Self.proof.html
    for line in Self.lines {
      #expect(page.contains("<td>\(line.subject)</td>"))
      #expect(page.contains(escaped(line.property)))
    }
    #expect(page.contains("order &lt;here&gt; &amp; &quot;there&quot;"))
    #expect(page.contains("<td>not finite</td>"))
    for curve in Self.proof.curves { #expect(page.contains("<title>\(curve.sampler)</title>")) }
    for word in ["http", "src=", "url(", "@import", "<script", "<link", "nan", "inf\""] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.contains("prefers-color-scheme: dark"))
    #expect(page.contains("width=device-width"))
    let open = Self.openTags(of: page)
    #expect(open.isEmpty, "\(open)")
  }

  /// The tags that are not closed, or the first that closes another; empty for well-formed texts.
  private static func openTags(of page: String) -> [String] {
    var open: [String] = []
    let parts = page.components(separatedBy: "<").dropFirst()
    for part in parts {
      guard let end = part.firstIndex(of: ">") else { return ["<\(part)"] }
      let tag = part[..<end]
      let quotes = tag.count { $0 == "\"" }
      guard quotes.isMultiple(of: 2) else { return ["<\(tag)>"] }
      let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
      if tag.hasPrefix("!") || tag.hasSuffix("/") { continue }
      guard tag.hasPrefix("/") else {
        open.append(name)
        continue
      }
      guard open.last == name else { return ["</\(name)> in \(open)"] }
      open.removeLast()
    }
    return open
  }
}
