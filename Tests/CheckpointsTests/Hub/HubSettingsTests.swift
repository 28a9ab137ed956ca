import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// The variables that Hugging Face's tools read.
@Suite struct HubSettingsTests {
  private let home = URL(filePath: "/nowhere/of-mine", directoryHint: .isDirectory)

  @Test("the cache is where the other tools have it")
  func caches() throws {
    let places: [([String: String], String)] = [
      ([:], "/nowhere/of-mine/.cache/huggingface/hub"),
      (["XDG_CACHE_HOME": "/x"], "/x/huggingface/hub"),
      (["XDG_CACHE_HOME": "/x", "HF_HOME": "/h"], "/h/hub"),
      (["HF_HOME": "~/h", "HF_HUB_CACHE": ""], "/nowhere/of-mine/h/hub"),
      (["HF_HOME": "/h", "HF_HUB_CACHE": "/c"], "/c"),
      (["HUGGINGFACE_HUB_CACHE": "/old"], "/old"),
    ]
    for (variables, place) in places {
      let settings = try HubSettings(environment: variables, home: home)
      #expect(settings.cache.path(percentEncoded: false).trimmingSuffix("/") == place)
      #expect(settings.endpoint.absoluteString == "https://huggingface.co")
      #expect(settings.token == nil)
    }
  }

  @Test("the token is a variable's, or a file's")
  func tokens() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(" hf_file\n".utf8), to: "token")
    let path = folder.url.path(percentEncoded: false)
    func token(_ variables: [String: String]) throws -> String? {
      try HubSettings(environment: variables, home: home).token
    }
    #expect(try token(["HF_HOME": path]) == "hf_file")
    #expect(try token(["HF_TOKEN_PATH": path + "/token"]) == "hf_file")
    #expect(try token(["HF_HOME": path, "HF_TOKEN": "hf_variable\n"]) == "hf_variable")
    #expect(throws: HubError.name("…", expected: "a token of plain characters in HF_TOKEN")) {
      try token(["HF_TOKEN": "hf\r\nX: y"])
    }
  }

  @Test("no network, or a hub without an address, is an error")
  func refusals() {
    #expect(throws: HubError.offline) {
      try HubSettings(environment: ["HF_HUB_OFFLINE": "1"], home: home)
    }
    for address in ["ftp://x", "nothing", "https://user:word@x", "http://"] {
      #expect(
        throws: HubError.name(address, expected: "the address of a hub in HF_ENDPOINT"),
        "\(address)"
      ) {
        try HubSettings(environment: ["HF_ENDPOINT": address], home: home)
      }
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
