/// The program as its results name it.
public enum Program {
  /// The version, as in semantic versioning.
  public static let version = "0.1.0"
}
