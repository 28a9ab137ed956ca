public import Diffusion

/// The `model_index.json` of a model that makes molecules.
public typealias MoleculeModelIndex = FolderIndex<MoleculeModelDetails>

/// A model of molecules on the disk: `model_index.json` and the folder `text_model`, which holds
/// its vocabulary.
public typealias MoleculeModelFolder = IndexedFolder<MoleculeModelDetails>

/// What the index of a model of molecules says beside its part.
public struct MoleculeModelDetails: ModelDetails {
  /// The class of the model.
  public static let pipeline = "MoleculeTextDiffusion"
  /// The library and the class of every part, by the part's folder.
  public static let parts = ["text_model": ["transformers", "VisualBertForPreTraining"]]

  /// Every file on which a molecule depends, relative to the folder.
  public static let files = [
    ModelFolder.indexFile, "text_model/config.json", "text_model/model.safetensors",
    "text_model/vocabulary.json",
  ]

  /// What the model makes, in a few words.
  public var summary: String
  /// The most pieces of a molecule's text.
  public var maximumPieces: Int
  /// What molecules can be asked for, in the order in which the network is told.
  public var properties: [MoleculeProperty]
  /// How each of these is spread over the molecules that the model was trained on.
  public var scales: [PropertyScale]
  /// How molecules are made, unless something else is asked for.
  public var sampling: Unmasking

  enum CodingKeys: String, CodingKey {
    case summary, properties, scales, sampling
    case maximumPieces = "maximum_pieces"
  }
}
