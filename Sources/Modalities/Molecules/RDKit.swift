internal import CRDKit

/// The calls into RDKit, with its failures as Swift errors.
enum RDKit {
  typealias Message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

  /// A molecule of RDKit's, released with the last reference.
  ///
  /// It is safe to share between threads: nothing behind the header changes a molecule.
  final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { crdkit_release(pointer) }
  }

  /// Runs a call that makes a molecule.
  static func molecule(
    _ failure: (CRDKitStatus, String) -> MoleculeError,
    _ body: (UnsafeMutablePointer<OpaquePointer?>, Message) -> CInt
  ) throws(MoleculeError) -> Molecule {
    var result: OpaquePointer?
    var message: UnsafeMutablePointer<CChar>?
    try check(body(&result, &message), message, failure)
    guard let result else { throw failure(CRDKIT_FAILED, "RDKit gave no molecule") }
    return try Molecule(Handle(result))
  }

  /// Runs a call that makes a text.
  static func text(
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, Message) -> CInt
  ) throws(MoleculeError) -> String {
    var text: UnsafeMutablePointer<CChar>?
    var message: UnsafeMutablePointer<CChar>?
    try check(body(&text, &message), message, library("writing a molecule"))
    defer { crdkit_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }

  /// Runs a call that fills something the caller made.
  static func filled(
    _ source: String, _ body: (Message) -> CInt
  ) throws(MoleculeError) {
    var message: UnsafeMutablePointer<CChar>?
    try check(body(&message), message, library(source))
  }

  /// Failures of RDKit's with nothing to add.
  static func library(_ source: String) -> (CRDKitStatus, String) -> MoleculeError {
    { status, reason in
      switch status {
      case CRDKIT_TOO_LARGE: .tooLarge(source: source, reason: reason)
      case CRDKIT_UNCHEMICAL: .unchemical(source: source, reason: reason)
      default: .library(source: source, reason: reason)
      }
    }
  }

  private static func check(
    _ status: CInt, _ message: UnsafeMutablePointer<CChar>?,
    _ failure: (CRDKitStatus, String) -> MoleculeError
  ) throws(MoleculeError) {
    guard status != CInt(CRDKIT_OK.rawValue) else { return }
    let text = message.map { String(cString: $0) } ?? "no reason was given"
    crdkit_free(message)
    throw failure(CRDKitStatus(rawValue: UInt32(bitPattern: status)), shortened(text))
  }

  /// The beginning of a text, fit for a message.
  static func shortened(_ text: String) -> String {
    let limit = 300
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.count > limit ? line.prefix(limit) + "…" : line
  }
}
