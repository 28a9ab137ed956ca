internal import Checkpoints
internal import Files
internal import Foundation
internal import Models

/// A text-to-sound model on the disk, in diffusers' layout.
///
/// `model_index.json` and the folders `vae`, `transformer`, `projection_model`, `text_encoder`
/// (with its tokenizer) and `scheduler`.
public typealias SoundModelFolder = IndexedFolder<SoundModelDetails>

extension SoundModelFolder {
  /// Puts trained parts together, beside the transformer and the projection that are there.
  ///
  /// - Parameters:
  ///   - about: What the model is.
  ///   - schedule: Its levels of noise.
  ///   - autoencoder: The folder of its autoencoder, which is copied.
  ///   - textEncoder: The folder of its text encoder, which is copied.
  ///   - folder: The folder of the model.
  /// - Throws: `FileError`, or what encoding throws.
  static func complete(
    _ about: SoundModelIndex.About, schedule: StableAudioSchedule, autoencoder: URL,
    textEncoder: URL, in folder: URL
  ) throws {
    try copy(["vae": autoencoder, "text_encoder": textEncoder], into: folder)
    let scheduler = folder.appending(path: ModelFolder.schedulerFile)
    try Folder.make(scheduler.deletingLastPathComponent())
    try AtomicFile.write(
      NamedConfiguration("CosineDPMSolverMultistepScheduler", schedule).file, to: scheduler)
    try AtomicFile.write(
      configurationData(SoundModelIndex(about)),
      to: folder.appending(path: ModelFolder.indexFile))
  }
}
