/// Which pictures are trained on and which are held out.
public enum EmojiSplit: String, Codable, Sendable, CaseIterable {
  /// Trained on.
  case train
  /// Held out, while the same emoji in other styles is trained on: tests composition.
  case heldOutPair = "heldout-pair"
  /// Held out in all styles: tests names never seen with a picture.
  case heldOutBase = "heldout-base"

  /// The share of bases that are held out in all styles.
  static let baseShare = 0.04
  /// The share of the (base, style) cells of the other bases that are held out.
  static let pairShare = 0.08

  /// Decides by the base and the style alone, so the split is the same in every build.
  ///
  /// At most one style of a base is held out as a pair: each style is the candidate of as many
  /// bases, and the candidate is held out with a chance of the share times the styles.
  init(base: String, style: EmojiStyle) {
    let styles = EmojiStyle.allCases
    if StableHash.fraction("inkwell emoji base \(base)") < Self.baseShare {
      self = .heldOutBase
      return
    }
    let draw = StableHash.fraction("inkwell emoji pair \(base)")
    let candidate = styles[
      Int(StableHash.fraction("inkwell emoji style \(base)") * Double(styles.count))]
    self =
      draw < Self.pairShare * Double(styles.count) && candidate == style ? .heldOutPair : .train
  }
}
