internal import Evaluation
internal import Foundation
internal import Modalities
internal import Torch

/// What is done to a picture, so that an audit should flag it.
enum PlantedDefect: Hashable {
  case nothing
  /// The words are those of a picture of something else.
  case swappedWords
  /// It is the nearest training picture.
  case trainingCopy
  case pixels(PictureDefect)

  static let all: [PlantedDefect] =
    [.nothing, .swappedWords, .trainingCopy] + PictureDefect.allCases.map { .pixels($0) }

  var name: String {
    switch self {
    case .nothing: "nothing planted"
    case .swappedWords: "swapped words"
    case .trainingCopy: "training copy"
    case .pixels(let defect): defect.rawValue
    }
  }
}

/// Spoils pictures that an audit was not calibrated on, and measures them.
struct PlantedBench {
  let heldOut: AuditHeldOut
  let training: Tensor
  let panel: AuditPanel
  let seed: UInt64

  /// What is spoiled.
  enum Source: Hashable {
    case real, drawn
  }

  /// What is measured of each kind of picture with each defect.
  func measured() throws -> [Source: [PlantedDefect: [AuditPanel.Measured]]] {
    let real = (0..<heldOut.drawnCaptions).map { heldOut.realSubject($0) }
    let drawn = (0..<heldOut.drawnCaptions).map { heldOut.drawnSubject($0, seed: 0) }
    return [.real: try measured(real, "real"), .drawn: try measured(drawn, "drawn")]
  }

  private func measured(
    _ subjects: [AuditPanel.Subject], _ name: String
  ) throws -> [PlantedDefect: [AuditPanel.Measured]] {
    var result: [PlantedDefect: [AuditPanel.Measured]] = [:]
    let sound = try panel.measure(subjects)
    for defect in PlantedDefect.all {
      panel.features.report(.note("\(name) pictures: \(defect.name)"))
      guard defect != .nothing else {
        result[defect] = sound
        continue
      }
      result[defect] = try panel.measure(
        subjects.indices.map { index in
          try spoiled(subjects[index], at: index, sound[index], defect, among: subjects)
        })
    }
    return result
  }

  private func spoiled(
    _ subject: AuditPanel.Subject, at index: Int, _ sound: AuditPanel.Measured,
    _ defect: PlantedDefect, among subjects: [AuditPanel.Subject]
  ) throws -> AuditPanel.Subject {
    let other = other(index)
    func with(_ picture: Tensor) -> AuditPanel.Subject {
      AuditPanel.Subject(picture: picture, prompt: subject.prompt, others: subject.others)
    }
    switch defect {
    case .nothing: return subject
    case .swappedWords:
      return AuditPanel.Subject(
        picture: subject.picture, prompt: subjects[other].prompt, others: subjects[other].others)
    case .trainingCopy:
      return with(training.selected(dim: 0, index: sound.nearest ?? 0))
    case .pixels(let defect):
      return with(
        try defect.planted(
          in: subject.picture, other: subjects[other].picture,
          using: Generator(seed: seed &+ UInt64(index))))
    }
  }

  /// The number of the next picture of something else.
  private func other(_ index: Int) -> Int {
    let count = heldOut.drawnCaptions
    func thing(_ index: Int) -> String {
      heldOut.records[index].base ?? heldOut.records[index].text
    }
    return (1..<count).map { (index + $0) % count }.first { thing($0) != thing(index) } ?? index
  }
}
