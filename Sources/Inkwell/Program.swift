internal import CProgram

/// The program as its results name it.
public enum Program {
  /// The version, as in semantic versioning.
  public static let version = INKWELL_VERSION
}
