extension String {
  /// The words with an indefinite article.
  var withArticle: String {
    "\(first.map { "aeiou".contains($0.lowercased()) } == true ? "an" : "a") \(self)"
  }
}
