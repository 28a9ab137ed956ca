internal import Foundation
internal import Models
internal import Torch

/// A label as a user wrote it, once it is known what the model can be told.
enum PixelLabel: Hashable {
  /// A class by its number.
  case number(of: Int)
  /// The share of the way between the least and the largest number.
  case share(Float)
  /// No label.
  case none
}

extension PixelModel {
  /// Understands a label; none asks for a picture of anything.
  ///
  /// - Throws: ``SampleError`` that says what the model can be told.
  func label(_ text: String?) throws -> PixelLabel {
    func refused(_ expected: String) -> SampleError {
      .value("label", expected: expected, found: text ?? "")
    }
    switch about.labels {
    case nil:
      guard text == nil else { throw refused("none, as the model has no labels") }
      return .none
    case .classes(let names):
      guard let text else {
        let isFree = network.labels == nil || unlabelled != nil
        guard isFree else { throw refused("a class, \(Self.list(names))") }
        return .none
      }
      let fitting = Self.classes(of: text, among: names)
      guard fitting.count < 2 else {
        let choices = fitting.map { "\($0) (\(names[$0]))" }
        throw refused("one class, by its number: \(choices.joined(separator: " or "))")
      }
      guard let index = fitting.first ?? Int(text), names.indices.contains(index) else {
        throw refused("a class, \(Self.list(names))")
      }
      return .number(of: index)
    case .number(let from, let to):
      guard let text, let number = Double(text), (from...to).contains(number) else {
        throw refused("a number from \(from.formatted()) to \(to.formatted())")
      }
      return .share(Float((number - from) / (to - from)))
    }
  }

  /// The numbers of the classes of a name: of a whole one, or else of one among some that commas
  /// part, as ImageNet's classes have them.
  private static func classes(of text: String, among names: [String]) -> [Int] {
    if let index = names.firstIndex(of: text) { return [index] }
    return names.indices.filter { index in
      names[index].split(separator: ",").contains {
        $0.trimmingCharacters(in: .whitespaces) == text
      }
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(20).joined(separator: ", ")
    return names.count > 20 ? "\(shown), … (\(names.count))" : shown
  }

  /// Labels as the network takes them, `[batch]`; none where it takes none.
  func tensor(_ labels: [PixelLabel]) -> Tensor? {
    switch network.labels {
    case nil: nil
    case .classes:
      Tensor(
        labels.map { label -> Int64 in
          if case .number(let index) = label { return Int64(index) }
          return Int64(unlabelled ?? 0)
        })
    case .number:
      Tensor(
        labels.map { label -> Float in
          if case .share(let share) = label { return share }
          return 0
        })
    }
  }
}
