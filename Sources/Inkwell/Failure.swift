internal import Checkpoints
internal import Diffusion
internal import Layers
internal import Modalities
internal import Models
internal import Torch
internal import Training
internal import Verification

/// What kind of thing went wrong in a task, for exit codes and answers over HTTP.
public enum Failure: Sendable, Hashable, CaseIterable {
  /// The request is not one that can be fulfilled.
  case request
  /// A model, or a file that was given, is not sound.
  case file
  /// There was not enough memory.
  case memory
  /// The task was asked to stop.
  case stopped
  /// Anything else.
  case run

  /// The kind of an error.
  public init(_ error: any Error) {
    switch error {
    case OutputError.exists, OutputError.notWritable, DatasetError.occupied, DatasetError.tool,
      ModelFileError.exists, SynthesizeError.occupied, SynthesizeError.otherRequest:
      self = .run
    case is GenerateError, is SampleError, is CatalogError, is OutputError, is ScheduleError,
      EvaluationError.value, CurveError.value, AuditError.value,
      SearchError.value, SearchError.noDescriptions,
      DatasetError.unknownStyle, DatasetError.noStyles,
      DatasetError.size, DatasetError.count, DatasetError.range, SoundError.unknownExtension,
      ClipError.unknownExtension, ShapeError.unknownExtension, TrainingError.invalid,
      ImageError.unknownExtension,
      is UnknownSubject,
      ModelFileError.precision, is PromptError, is TemplateError, is WildcardError, is GridError,
      HubError.name, HubError.noFiles, SynthesizeError.value, SynthesizeError.version:
      self = .request
    case is ModelError, is ModelFileError, is ProvenanceError, is PictureSettingsError,
      is PromptLinesError, is ClipError,
      is ConfigurationError,
      is CheckpointError,
      is LoadingError, is LoRAError, is TokenizerError, is TextEncoderError,
      is TextualInversionError,
      HubError.path, HubError.size, HubError.hash, is PNGError,
      is EvaluationError, is AuditError, is SearchError,
      is CurveError,
      is ImageFolderError, is PictureFilesError, is DatasetError, is SynthesizeError,
      is TrainingDataError, is RecipeError, is ConformerDataError, is BinaryCIFError,
      is PoseDataError, is MoleculeDataError, is SMILESError,
      is MoleculeError, is MoleculeGraphError, is ProteinError, is PoseError,
      is MixtureError, is SoundError, is ShapeError, TrainingError.damaged,
      TrainingError.otherNetwork:
      self = .file
    case is CancellationError: self = .stopped
    case MemoryError.tooLittle: self = .memory
    case let error as TorchError: self = error.isOutOfMemory ? .memory : .run
    default: self = .run
    }
  }
}
