import AsyncHTTPClient
import ClawCore
import ClawJSON
import ClawTesting
import NIOCore
import NIOPosix
import Testing

@testable import ClawModels

/// The fake server is only useful if it rejects what a strict vendor rejects.
@Suite("The fake server's strictness")
struct FakeModelTests {
  struct Bad: Sendable, Codable, CustomTestStringConvertible {
    var name: String
    var path: String
    var body: JSONValue
    var testDescription: String { name }
  }

  static let refused: [Bad] = (try? Fixtures.json("refused.json").decode([Bad].self)) ?? []

  @Test("the broken requests are there")
  func present() {
    #expect(Self.refused.count == 15)
  }

  @Test("it refuses and records", arguments: refused)
  func refuses(_ bad: Bad) async throws {
    let server = try await FakeModelServer.start()
    let client = HTTPClient(
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: ModelHTTP.configuration())
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(bad.path)")
    request.method = .POST
    let isOpenAI = bad.path.hasSuffix("completions")
    request.headers.add(name: isOpenAI ? "authorization" : "x-api-key", value: isOpenAI ? "Bearer k" : "k")
    if !isOpenAI { request.headers.add(name: "anthropic-version", value: "2023-06-01") }
    request.headers.add(name: "user-agent", value: "test")
    request.headers.add(name: "content-type", value: "application/json")
    request.body = .bytes(ByteBuffer(bytes: bad.body.serialized()))
    let response = try await client.execute(request, timeout: .seconds(300))
    #expect(response.status.code == 400)
    #expect(server.violations.count >= 1)
    try await client.shutdown()
    await server.stop()
  }
}
