extension WanAutoencoder: FolderNetwork {
  package typealias Configuration = WanAutoencoderConfiguration
  package static let className = "AutoencoderKLWan"
}

extension WanTransformer: FolderNetwork {
  package typealias Configuration = WanTransformerConfiguration
  package static let className = "WanTransformer3DModel"
}
