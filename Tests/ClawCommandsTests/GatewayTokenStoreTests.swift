import Foundation
import Testing

@testable import ClawCommands

@Suite("Gateway token")
struct GatewayTokenStoreTests {
  @Test("S1: The first start makes a token of 32 random bytes in a file that only its owner can read")
  func made() throws {
    let folder = try TemporaryFolder()
    let directory = DataDirectory(folder.path + "/new/home")
    let token = try GatewayTokenStore(directory).obtain(given: "")
    #expect(token.origin == .newFile(directory.tokenFile))
    #expect(token.value.count == 64)
    #expect(token.value.allSatisfy { "0123456789abcdef".contains($0) })
    #expect(try folder.mode(of: "new/home/gateway.token") == 0o600)
    #expect(try folder.mode(of: "new/home") == 0o700)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["gateway.token"])
  }

  @Test("The token of the second start is the one of the first, and not new")
  func kept() throws {
    let folder = try TemporaryFolder()
    let store = GatewayTokenStore(folder.directory)
    let first = try store.obtain(given: "")
    let second = try store.obtain(given: "")
    #expect(second.value == first.value)
    #expect(second.origin == .file(folder.directory.tokenFile))
    #expect(try GatewayTokenStore(TemporaryFolder().directory).obtain(given: "").value != first.value)
  }

  @Test("Processes that start at the same time agree on one token")
  func race() async throws {
    let folder = try TemporaryFolder()
    let store = GatewayTokenStore(folder.directory)
    let values = try await withThrowingTaskGroup(of: String.self) { tasks in
      for _ in 0..<16 { tasks.addTask { try store.obtain(given: "").value } }
      return try await tasks.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(values.count == 1)
  }

  @Test("The environment outweighs the file")
  func environment() throws {
    let folder = try TemporaryFolder()
    _ = try GatewayTokenStore(folder.directory).obtain(given: "")
    let token = try GatewayTokenStore(folder.directory).obtain(given: "given-token")
    #expect(token.value == "given-token")
    #expect(token.origin == .environment)
  }

  @Test("S1: A token file that others can read is refused with the command that closes it", arguments: [0o640, 0o604])
  func openToOthers(mode: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(String(repeating: "a", count: 64), to: "gateway.token", mode: mode)
    let error = #expect(throws: GatewayTokenError.self) { try GatewayTokenStore(folder.directory).find(given: "") }
    #expect(error?.description.contains("chmod 600 \(folder.directory.tokenFile)") == true)
    #expect(error?.description.contains("aaaa") == false)
  }

  @Test("A file without a token is refused", arguments: ["", "short", "two words that are long enough"])
  func noToken(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "gateway.token")
    #expect(throws: GatewayTokenError.self) { try GatewayTokenStore(folder.directory).obtain(given: "") }
  }

  @Test("Rotating replaces the token and keeps the mode")
  func rotate() throws {
    let folder = try TemporaryFolder()
    let store = GatewayTokenStore(folder.directory)
    let old = try store.obtain(given: "")
    let new = try store.rotate()
    #expect(new.value != old.value)
    #expect(try store.find(given: "")?.value == new.value)
    #expect(try folder.mode(of: "gateway.token") == 0o600)
  }

  @Test("S34: A token never prints itself")
  func unprintable() {
    let token = StoredToken("planted-secret-1", origin: .environment)
    var dumped = ""
    dump(token, to: &dumped)
    #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("planted"))
  }
}
