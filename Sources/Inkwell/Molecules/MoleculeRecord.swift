/// How a model's molecules were made: what their file says so that they can be made again.
public typealias MoleculeRecord = MoleculeTaskRecord<MakeMolecules.Request>

extension MakeMolecules.Request: MoleculeTaskRequest {
  /// `molecules`.
  public static var task: String { "molecules" }
}
