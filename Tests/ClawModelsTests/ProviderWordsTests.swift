import ClawCore
import ClawJSON
import ClawTesting
import Testing

@testable import ClawModels

@Suite("What a provider says reaches the person")
struct ProviderWordsTests {
  struct Body: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var reply: FakeReply
    var code: ClawError.Code
    var words: [String]
    /// Number of requests to the provider, with two attempts.
    var requests = 1
  }

  static let bodies: [Body] = [
    Body(
      testDescription: "a web page with 200",
      reply: .status(200, body: "<!DOCTYPE html><html><head><TITLE> Sign in </TITLE></head></html>"),
      code: .unavailable, words: ["Sign in", "base URL"]),
    Body(
      testDescription: "plain text with 200", reply: .status(200, body: "this is no answer"), code: .unavailable,
      words: ["this is no answer", "base URL"]),
    Body(
      testDescription: "an error as text with 200",
      reply: .status(200, body: #"{"error":"Unexpected endpoint or method. (POST /chat/completions)"}"#),
      code: .failedPrecondition, words: ["Unexpected endpoint", "base URL"]),
    Body(
      testDescription: "an error of unknown kind with 200",
      reply: .status(200, body: #"{"error":"the moon is in the wrong house"}"#), code: .unavailable,
      words: ["the moon is in the wrong house", "base URL"]),
    Body(
      testDescription: "code and msg with 200",
      reply: .status(200, body: #"{"code":500,"msg":"404 NOT_FOUND","success":false}"#), code: .failedPrecondition,
      words: ["404 NOT_FOUND", "base URL"]),
    Body(
      testDescription: "a passing error with 200",
      reply: .status(200, body: #"{"code":503,"msg":"node is warming up","success":false}"#), code: .unavailable,
      words: ["node is warming up"], requests: 2),
    Body(
      testDescription: "a list of errors",
      reply: .status(400, body: #"{"success":false,"errors":[{"code":7003,"message":"Could not route to /x"}]}"#),
      code: .invalidRequest, words: ["Could not route to /x"]),
    Body(
      testDescription: "error_msg", reply: .status(400, body: #"{"error_code":17,"error_msg":"daily open api limit"}"#),
      code: .invalidRequest, words: ["daily open api limit"]),
    Body(
      testDescription: "404 as text", reply: .status(404, body: "404 page not found"), code: .failedPrecondition,
      words: ["404 page not found", "base URL"]),
    Body(
      testDescription: "404 of a model", reply: .status(404, body: #"{"error":{"message":"no such model: m"}}"#),
      code: .failedPrecondition, words: ["no such model: m", "check the name"]),
    Body(
      testDescription: "404 of FastAPI", reply: .status(404, body: #"{"detail":"Not Found"}"#),
      code: .failedPrecondition, words: ["Not Found", "base URL"]),
    Body(
      testDescription: "a policy that speaks of the prompt",
      reply: .status(400, body: #"{"error":{"message":"the prompt contains disallowed content"}}"#),
      code: .invalidRequest, words: ["refused the request", "disallowed content"]),
    Body(
      testDescription: "308",
      reply: .status(308, headers: [("location", "https://user:pw@new.example/v1/chat/completions?key=1")]),
      code: .failedPrecondition, words: ["new.example/v1/chat/completions", "base URL"]),
    Body(
      testDescription: "a web page with 503",
      reply: .status(503, body: "<html><title>Service Temporarily Unavailable</title></html>"), code: .unavailable,
      words: ["Service Temporarily Unavailable"], requests: 2),
    Body(
      testDescription: "an error in the stream that names only itself",
      reply: .status(200, body: "data: {\"object\":\"error\",\"message\":\"engine is dead\",\"code\":500}\n\n"),
      code: .unavailable, words: ["engine is dead"], requests: 2),
  ]

  @Test("whatever its form, and it is asked again only where that can help", arguments: bodies)
  func words(_ body: Body) async throws {
    let retry = RetryPolicy(attempts: 2, base: .milliseconds(1))
    try await Bench.run(retry: retry) { bench in
      bench.server.respond { _ in body.reply }
      let error = try #require(try await bench.failure())
      #expect(error.code == body.code, "\(error)")
      for word in body.words { #expect(error.message.contains(word), "\(error.message)") }
      #expect(!error.message.contains("pw@") && !error.message.contains("key=1"))
      #expect(bench.server.requests.count == body.requests)
    }
  }

  @Test("kinds of failure that an edge must tell apart have a reason")
  func reasons() {
    let provider = ProviderConfiguration(name: "p", dialect: .openAI, baseURL: "http://x/v1", defaultModel: "m")
    func reason(_ kind: FailureKind) -> String? {
      ModelFailure(kind).clawError(from: provider, model: "m", request: nil).details?[.reason]?.stringValue
    }
    #expect(reason(.keyRefused) == "provider_key_refused")
    #expect(reason(.modelUnknown) == "model_not_found")
    for kind in [FailureKind.misconfigured, .tlsFailed, .malformed] {
      #expect(reason(kind) == "provider_misconfigured")
    }
    #expect(reason(.unavailable) == nil && reason(.requestRefused) == nil)
  }

  // MARK: - Compression

  @Test("a compressed stream is read, though nobody asked for it")
  func gzip() async throws {
    try await Bench.run { bench in
      let body = "data: \(SSEBody.text("unpacked"))\n\ndata: [DONE]\n\n"
      bench.server.enqueue(.bytes(Gzip.stored(body), headers: [("content-encoding", "gzip")]))
      let answer = try await bench.ask()
      #expect(answer.text == "unpacked")
      #expect(bench.server.requests[0].headers["accept-encoding"] == "identity")
    }
  }

  @Test("the words of a compressed error are read")
  func gzipError() async throws {
    try await Bench.run { bench in
      let body = #"{"error":{"message":"this key is of yesterday"}}"#
      bench.server.enqueue(.bytes(Gzip.stored(body), status: 401, headers: [("content-encoding", "gzip")]))
      let error = try #require(try await bench.failure())
      #expect(error.message.contains("this key is of yesterday"))
    }
  }

  @Test("a coding that can't be read is refused by name, and nothing binary is shown", arguments: [200, 401])
  func unknownCoding(status: Int) async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.bytes([0x8B, 0, 1, 2, 255], status: status, headers: [("content-encoding", "br")]))
      let error = try #require(try await bench.failure())
      #expect(error.message.contains("\"br\""))
      #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value < 127 })
    }
  }

  @Test("compressed bytes under no name are never shown", arguments: [200, 400])
  func binary(status: Int) async throws {
    try await Bench.run { bench in
      bench.server.enqueue(.bytes(Gzip.stored("secret"), status: status))
      let error = try #require(try await bench.failure())
      #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value < 127 })
    }
  }

  // MARK: - TLS

  private static func https(_ server: FakeModelServer, host: String = "localhost") -> ProviderConfiguration {
    ProviderConfiguration(
      name: "safe", dialect: .openAI, baseURL: "https://\(host):\(server.port)/v1", apiKey: "k", defaultModel: "m")
  }

  private static let model = ModelReference(provider: "safe", model: "m")
  private static let certificate = Fixtures.folder.appendingPathComponent("tls-certificate.pem").path
  private static let key = Fixtures.folder.appendingPathComponent("tls-key.pem").path

  @Test("a certificate that nobody trusts is named, with the way to trust it, and asked for once")
  func untrusted() async throws {
    let server = try await FakeModelServer.start(tls: (Self.certificate, Self.key))
    try await Bench.run(retry: RetryPolicy(attempts: 3), extra: [Self.https(server)]) { bench in
      let error = try #require(try await bench.failure(.hello, Self.model))
      #expect(error.message.contains("certificate") && error.message.contains("SSL_CERT_FILE"))
      #expect(error.code == .failedPrecondition)
    }
    await server.stop()
  }

  @Test("a certificate of one's own is trusted once its file is named")
  func trusted() async throws {
    let server = try await FakeModelServer.start(tls: (Self.certificate, Self.key))
    try await Bench.run(extra: [Self.https(server)], trustFile: Self.certificate) { bench in
      let answer = try await bench.ask(.saying("hello"), Self.model)
      #expect(answer.text == "echo: hello")
    }
    await server.stop()
  }

  @Test("a server that speaks no TLS is told by that")
  func noTLS() async throws {
    let server = try await FakeModelServer.start()
    try await Bench.run(extra: [Self.https(server, host: "127.0.0.1")]) { bench in
      let error = try #require(try await bench.failure(.hello, Self.model))
      #expect(error.message.contains("TLS") && !error.message.contains("is running"))
    }
    await server.stop()
  }
}
