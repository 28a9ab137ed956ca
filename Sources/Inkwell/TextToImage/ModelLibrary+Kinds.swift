public import Foundation
internal import Models

/// What a model makes.
public enum ModelKind: String, Codable, Sendable, CaseIterable {
  case pictures, clips, sounds, worlds, captions, conformers, poses, molecules, shapes, pairs
}

extension ModelLibrary {
  /// What the model of a name, or of the path of a folder, makes.
  ///
  /// - Throws: ``ModelError`` that names the nearest models, or what reading its index throws.
  public func kind(of name: String) throws -> ModelKind {
    try kind(in: place(of: name))
  }

  /// What the model in a folder makes; pictures unless its index says something else.
  ///
  /// - Throws: ``ModelError`` where there is no index, or what reading it throws.
  public func kind(in folder: URL) throws -> ModelKind {
    try ModelFolder.check(folder, has: [ModelFolder.indexFile])
    let head: PipelineHead = try readConfiguration(
      from: folder.appending(path: ModelFolder.indexFile))
    return switch head.pipeline {
    case SoundModelDetails.pipeline: .sounds
    case VideoModelDetails.pipeline: .clips
    case WorldModelDetails.pipeline: .worlds
    case CaptionModelDetails.pipeline: .captions
    case ConformerModelDetails.pipeline: .conformers
    case DockingModelDetails.pipeline: .poses
    case MoleculeModelDetails.pipeline: .molecules
    case ShapeModelDetails.pipeline: .shapes
    case PairModelDetails.pipeline: .pairs
    default: .pictures
    }
  }
}
