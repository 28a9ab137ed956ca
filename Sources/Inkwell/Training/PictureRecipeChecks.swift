/// What recipes that learn what is said of pictures have in common.
struct PictureRecipeChecks {
  let side: Int
  let seenSide: Int
  let framings: Int
  let maximumTokens: Int

  /// A key of a recipe, whether its value is right, and what is said where it is not.
  typealias Row = (key: String, isRight: Bool, expected: String, found: String)

  /// Refuses values that cannot be, of these keys and of others.
  ///
  /// - Parameter others: The other keys.
  /// - Throws: `RecipeError`, of the first that is wrong.
  func callAsFunction(_ others: [Row]) throws(RecipeError) {
    let framings = 1...PictureViews.Framing.all.count
    let own: [Row] = [
      ("side", side > 0, "1 or more", "\(side)"),
      (
        "seenSide", PictureViews.seenSides.contains(seenSide),
        "\(PictureViews.seenSides.lowerBound) to \(PictureViews.seenSides.upperBound)",
        "\(seenSide)"
      ),
      (
        "framings", framings.contains(self.framings),
        "\(framings.lowerBound) to \(framings.upperBound)", "\(self.framings)"
      ),
      ("maximumTokens", maximumTokens >= 2, "2 or more", "\(maximumTokens)"),
    ]
    for row in own + others where !row.isRight {
      throw .value(row.key, expected: row.expected, found: row.found)
    }
  }
}
