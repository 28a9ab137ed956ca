internal import Foundation

extension Proof {
  /// The proof as a page that needs nothing from elsewhere.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <title>The mathematics, measured</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <h1>The mathematics, measured</h1>
    <p class="\(holds ? "holds" : "fails")">\(summary)</p>
    <p>Every sampler, guidance rule and method of the catalogues was run on cases whose answer is \
    known exactly: the probability flow of a mixture of normal distributions (weights \
    \(Self.list(mixture.weights)), means \(Self.list(mixture.means)), deviations \
    \(Self.list(mixture.deviations))), which keeps quantiles, and normal distributions, whose \
    variances are closed forms. This page was written by <code>inkwell verify</code>.</p>
    \((plots + tables).joined(separator: "\n"))
    </body>
    </html>

    """
  }

  private static func list(_ numbers: [Double]) -> String {
    numbers.map { ProofNumber.text($0) }.joined(separator: ", ")
  }

  // MARK: Plots

  private var plots: [String] {
    ErrorCurve.Kind.allCases.flatMap { kind in
      let orders = Set(curves.filter { $0.kind == kind }.map(\.order)).sorted()
      return orders.map { order in
        let plot = ErrorPlot(
          curves.filter { $0.kind == kind && $0.order == order }, order: order)
        return """
          <figure>
          <figcaption>\(Self.caption(kind, order: order))</figcaption>
          \(plot.svg)
          \(plot.legend)
          </figure>
          """
      }
    }
  }

  private static func caption(_ kind: ErrorCurve.Kind, order: Int) -> String {
    let what =
      kind == .samples
      ? "Error of the samples on the mixture’s flow" : "Relative error of the variance, with noise"
    return order > 0
      ? "\(what): samplers of order \(order); the grey line falls at that order"
      : "\(what): samplers that need not converge"
  }

  // MARK: Tables

  private var tables: [String] {
    ProofLine.Part.allCases.compactMap { part in
      let rows = lines.filter { $0.part == part }
      guard !rows.isEmpty else { return nil }
      return """
        <h2>\(part.title)</h2>
        <div class="table"><table>
        <thead><tr><th>subject</th><th>property</th><th>claimed</th><th>measured</th>\
        <th>tolerance</th><th>holds</th></tr></thead>
        <tbody>
        \(rows.map(Self.row).joined(separator: "\n"))
        </tbody>
        </table></div>
        """
    }
  }

  private static func row(_ line: ProofLine) -> String {
    let note = line.note.map { "<br/><small>\(escaped($0))</small>" } ?? ""
    return """
      <tr class="\(line.holds ? "holds" : "fails")"><td>\(escaped(line.subject))</td>\
      <td>\(escaped(line.property))\(note)</td><td>\(escaped(line.claimText))</td>\
      <td>\(line.measuredText)</td><td>\(line.toleranceText)</td>\
      <td>\(line.holds ? "yes" : "no")</td></tr>
      """
  }

  private static let style = """
    :root { color-scheme: light dark; --text: #1d1f23; --page: #ffffff; --faint: #d9dce1;
      --soft: #666c77; --good: #0a7a3c; --bad: #c01f2e; --c0: #1f6fd0; --c1: #c8541c;
      --c2: #16835b; --c3: #a0359c; --c4: #9a7400; --c5: #c22a56; --c6: #0b7f93; --c7: #5a5fc7; }
    @media (prefers-color-scheme: dark) { :root { --text: #e7e9ec; --page: #15171a;
      --faint: #353a42; --soft: #9aa1ac; --good: #4cc884; --bad: #ff6b74; --c0: #6fb0ff;
      --c1: #ff9a66; --c2: #59d0a0; --c3: #e58be0; --c4: #e2bd4c; --c5: #ff86a6; --c6: #5bcbe0;
      --c7: #a9adff; } }
    body { margin: 0 auto; max-width: 62rem; padding: 1rem; color: var(--text);
      background: var(--page); font: 16px/1.5 system-ui, sans-serif; }
    figure { margin: 2rem 0; }
    figcaption { font-weight: 600; }
    svg { display: block; width: 100%; max-width: 40rem; height: auto; }
    svg.key { display: inline-block; width: 28px; height: 8px; margin-right: 0.4rem; }
    .grid { stroke: var(--faint); stroke-width: 1; }
    .axis { fill: var(--soft); font: 13px system-ui, sans-serif; }
    .slope { stroke: var(--soft); stroke-width: 3; opacity: 0.5; }
    .curve { fill: none; stroke-width: 1.8; }
    .c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); }
    .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); } .c5 { stroke: var(--c5); }
    .c6 { stroke: var(--c6); } .c7 { stroke: var(--c7); }
    .dot { fill: var(--page); stroke-width: 1.8; }
    .legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; padding: 0; list-style: none;
      font-size: 0.9rem; }
    .table { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
    th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem;
      border-bottom: 1px solid var(--faint); font-variant-numeric: tabular-nums; }
    small { color: var(--soft); }
    p.holds, tr.holds td:last-child { color: var(--good); font-weight: 600; }
    p.fails, tr.fails td { color: var(--bad); font-weight: 600; }
    """
}
