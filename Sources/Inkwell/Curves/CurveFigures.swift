public import Evaluation
internal import Foundation

/// How good the pictures of some models are, by the sampler, the steps and the guidance.
public struct CurveFigures: Codable, Sendable, Hashable {
  /// A point of a curve.
  public struct Point: Codable, Sendable, Hashable {
    /// The folder of the model.
    public let model: String
    /// The sampler's name.
    public let sampler: String
    /// The number of its steps.
    public let steps: Int
    /// The guidance scale; none where the network's condition is all that guides.
    public let scale: Double?
    /// How often the denoiser was asked about a picture; a guided one asks its network twice.
    public let evaluations: Int
    /// The squared Fréchet distance of the pictures' features from those of the training pictures.
    public let frechet: Estimate
    /// The share of pictures that the classifier takes for what they were to be; none where the
    /// model has no classes.
    public let accuracy: Estimate?
    /// How long drawing took, in seconds.
    public let seconds: Double
  }

  /// What changes along a curve.
  public enum Axis: String, Codable, Sendable, Hashable {
    /// How often the network is asked.
    case evaluations
    /// The guidance scale.
    case scale
  }

  /// The number of pictures of a point.
  public let pictures: Int
  /// The seed of the first picture.
  public let seed: UInt64
  /// The Fréchet distance of real held-out pictures: what the best drawn ones would have.
  public let real: Estimate
  /// The points, in the order in which they were asked for.
  public let points: [Point]

  /// What changes along a curve: the scale if there are several, or else the steps.
  public var axis: Axis { Set(points.map(\.scale)).count > 1 ? .scale : .evaluations }

  /// A table with a row for each point, as RFC 4180 has it.
  public var csv: String {
    let header = [
      "model", "sampler", "steps", "scale", "evaluations", "frechet", "frechet_lower",
      "frechet_upper", "accuracy", "seconds",
    ]
    let rows = points.map { point in
      [
        Self.quoted(point.model), Self.quoted(point.sampler), "\(point.steps)",
        point.scale.map { "\($0)" } ?? "", "\(point.evaluations)", "\(point.frechet.value)",
        "\(point.frechet.interval.lower)", "\(point.frechet.interval.upper)",
        point.accuracy.map { "\($0.value)" } ?? "", "\(point.seconds)",
      ]
    }
    return ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// A field that holds whatever it may.
  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { "\",\n\r".contains($0) }) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }
}
