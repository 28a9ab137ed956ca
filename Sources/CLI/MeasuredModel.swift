internal import ArgumentParser

/// A model that is measured on what it was not trained on.
struct MeasuredModel: ParsableArguments {
  @Option(help: "A model's name (see `inkwell model list`), or the path of its folder.")
  var model = "inkwell-emoji"

  @Option(
    help: "The folder of data that the model was trained on, what is held out included.",
    completion: .directory)
  var data: String

  @Option(
    help: "Where features and downloads are kept (default: the user's caches).",
    completion: .directory)
  var cache: String?
}
