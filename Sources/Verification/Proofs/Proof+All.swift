internal import Diffusion

extension Proof {
  /// The names of all that can be proven.
  public static let subjects = parts.map(\.topic.subject)

  /// Proves what is in the catalogues.
  ///
  /// - Parameters:
  ///   - mixture: The mixture that samplers and likelihoods run on.
  ///   - subjects: What to prove, by name; everything if not given.
  ///   - report: Told what comes next; what it throws ends the run.
  /// - Returns: The proof.
  /// - Throws: ``UnknownSubject``, or what a run throws; a proof that does not hold is no error.
  public static func all(
    on mixture: NormalMixture = .example, only subjects: [String]? = nil,
    report: (ProofProgress) throws -> Void = { _ in }
  ) throws -> Proof {
    let wanted = Set(subjects ?? Self.subjects)
    if let unknown = wanted.sorted().first(where: { !Self.subjects.contains($0) }) {
      throw UnknownSubject(unknown)
    }
    let parts = parts.filter { wanted.contains($0.topic.subject) }
    guard !parts.isEmpty else { throw UnknownSubject("") }
    let flow = FlowCase(of: mixture)
    var (lines, curves): ([ProofLine], [ErrorCurve]) = ([], [])
    for (index, part) in parts.enumerated() {
      try report(ProofProgress(subject: part.topic.subject, done: index, all: parts.count))
      lines += try failing(part.topic) {
        let (found, curve) = try part.prove(mixture, flow)
        if let curve { curves.append(curve) }
        return found
      }
    }
    return Proof(mixture: mixture, lines: lines, curves: curves)
  }

  /// The lines of a proof, or one that does not hold where a run ends in numbers that are none.
  package static func failing(
    _ topic: (part: ProofLine.Part, subject: String), _ prove: () throws -> [ProofLine]
  ) throws -> [ProofLine] {
    do {
      return try prove()
    } catch let error where error is SamplingError || error is LikelihoodError {
      return [ProofLine(topic, "a run", measured: .nan, note: "\(error)")]
    }
  }

  /// Something in a catalogue, and how it is proven.
  private struct Subject: Sendable {
    let topic: (part: ProofLine.Part, subject: String)
    let prove: @Sendable (NormalMixture, FlowCase) throws -> ([ProofLine], ErrorCurve?)
  }

  private static let parts: [Subject] =
    Samplers.all.map { entry in
      Subject(topic: (.samplers, entry.name)) { _, flow in
        try SamplerProof(
          entry.name, entry.item, flow: flow, pin: SamplerPin.measured[entry.name])()
      }
    }
    + Guidances.all.map { entry in
      Subject(topic: (.guidance, entry.name)) { _, _ in
        (try GuidanceProof(entry.name, entry.item)(), nil)
      }
    }
    + InverseMethods.all.map { entry in
      Subject(topic: (.inverseProblems, entry.name)) { _, _ in
        (try InverseProof(entry.name, entry.item)(), nil)
      }
    }
    + [
      Subject(topic: (.manifolds, "manifolds")) { _, _ in (try ManifoldProof()(), nil) },
      Subject(topic: (.likelihood, "likelihood")) { mixture, _ in
        (try LikelihoodProof(mixture)(), nil)
      },
    ]
}

/// How far a proof is.
public struct ProofProgress: Sendable, Hashable {
  /// What comes next.
  public let subject: String

  /// How many subjects are done.
  public let done: Int

  /// How many there are.
  public let all: Int
}

/// A name of nothing that can be proven.
public struct UnknownSubject: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name.
  public let name: String

  /// The names that are most like it, most alike first; empty if none is.
  public let nearest: [String]

  /// The names there are.
  public let known: [String]

  /// What was found, what it may have been meant to be, and what there is.
  public var description: String {
    let hint = nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?"
    return "there is nothing called \"\(name)\" to verify.\(hint) "
      + "Known: \(known.joined(separator: ", "))."
  }

  init(_ name: String) {
    self.name = name
    known = Proof.subjects
    nearest = nearestNames(to: name, among: known)
  }
}
