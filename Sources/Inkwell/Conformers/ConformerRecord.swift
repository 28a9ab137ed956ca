/// How conformers were made: what each record of their SD file says so that they can be made again.
public typealias ConformerRecord = MoleculeTaskRecord<MakeConformers.Request>

extension MakeConformers.Request: MoleculeTaskRequest {
  /// `conformers`.
  public static var task: String { "conformers" }
}
