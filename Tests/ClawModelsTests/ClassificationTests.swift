import ClawCore
import ClawJSON
import NIOCore
import Testing

@testable import ClawModels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Classification of failures")
struct ClassificationTests {
  struct Recorded: Sendable, Codable, CustomTestStringConvertible {
    var vendor: String
    /// Nil: an error inside a stream.
    var status: Int?
    /// The text of the body, as it was sent.
    var body: String
    var kind: String
    var testDescription: String { "\(vendor) \(status.map(String.init) ?? "stream"): \(kind)" }
  }

  static let recorded: [Recorded] = (try? Fixtures.json("failures.json").decode([Recorded].self)) ?? []

  @Test("the recorded bodies are there")
  func present() {
    #expect(Self.recorded.count >= 30)
  }

  @Test("L24: each recorded error body is what it is, and no refused key is taken for a limit", arguments: recorded)
  func classify(_ sample: Recorded) throws {
    let evidence =
      try sample.status.map { ErrorEvidence(status: $0, body: Array(sample.body.utf8)) }
      ?? ErrorEvidence(inStream: JSONValue(parsing: sample.body))
    #expect(FailureTable.classify(evidence).rawValue == sample.kind)
  }

  @Test(
    "any status without a body is classified by the status",
    arguments: [
      (301, FailureKind.misconfigured), (400, .requestRefused), (401, .keyRefused), (402, .quotaUsedUp),
      (403, .keyRefused), (404, .misconfigured), (408, .unavailable), (413, .contextTooLong), (418, .requestRefused),
      (429, .rateLimited), (500, .unavailable), (502, .unavailable), (503, .unavailable), (529, .unavailable),
    ])
  func byStatus(_ status: Int, _ kind: FailureKind) {
    #expect(FailureTable.classify(ErrorEvidence(status: status, body: [])) == kind)
  }

  static let provider = ProviderConfiguration(
    name: "acme", dialect: .openAI, baseURL: "https://user:pw@api.acme.test/v1", apiKey: "sk-acme-0123456789abcdef",
    defaultModel: "m")

  @Test("every kind of failure is an error of the provider, with provider and model", arguments: FailureKind.allCases)
  func errors(_ kind: FailureKind) {
    let failure = ModelFailure(kind, detail: "key sk-acme-0123456789abcdef said no")
    let error = failure.clawError(from: Self.provider, model: "m-1", request: nil)
    #expect(error.kind == (kind == .contextTooLong ? .user : .provider))
    #expect(error.message.hasPrefix("acme/m-1: "))
    #expect(!error.description.contains("sk-acme") && !error.description.contains("pw@"))
    #expect(error.message.contains("said no"))
    #expect((error.code == .resourceExhausted) == (error.retryAfter != nil))
  }

  @Test("a limit of open files is named as what it is, and no provider is blamed for it")
  func openFiles() {
    let failure = ModelFailure(transport: IOError(errnoCode: EMFILE, reason: "socket"), answered: false)
    #expect(failure.kind == .outOfFiles)
    #expect(failure.kind.cooldown == nil && !failure.kind.isWorthAnotherModel)
    let error = failure.clawError(from: Self.provider, model: "m", request: nil)
    #expect(error.message.contains("limit of open files") && !error.message.contains("is running"))
    let refused = ModelFailure(transport: IOError(errnoCode: ECONNREFUSED, reason: "connect"), answered: false)
    #expect(refused.kind == .unreachable)
  }

  @Test("a quota that is used up says so in its details")
  func quotaDetails() {
    let error = ModelFailure(.quotaUsedUp).clawError(from: Self.provider, model: "m", request: nil)
    #expect(error.details == [.reason: "insufficient_quota"])
  }

  @Test("a missing key is told apart from a refused one, with the variable to set")
  func keys() {
    let refused = ModelFailure(.keyRefused).clawError(from: Self.provider, model: "m", request: nil)
    #expect(refused.code == .failedPrecondition)
    #expect(refused.message.contains("refused") && refused.message.contains("SWIFTCLAW_ACME_API_KEY"))
    let keyless = ProviderConfiguration(name: "my-llm", dialect: .openAI, baseURL: "http://x/v1", defaultModel: "m")
    let missing = ModelFailure(.keyRefused).clawError(from: keyless, model: "m", request: nil)
    #expect(missing.message.contains("needs an API key") && missing.message.contains("SWIFTCLAW_MY_LLM_API_KEY"))
  }

  @Test("a provider's text is shown short, in one line, without keys")
  func presentable() {
    func shown(_ text: String, _ key: Secret? = nil) -> String? {
      ProviderText.presentable(text, hiding: key, repeating: nil)
    }
    #expect(shown("a\nb\tc") == "a b c")
    #expect(shown("  ") == nil)
    #expect(shown(String(repeating: "x ", count: 400))?.count == 300)
    #expect(shown("Incorrect API key provided: sk-ab***yz. See x") == "Incorrect API key provided: *** See x")
    #expect(shown("key 'my-own-secret' refused", "my-own-secret") == "key '***' refused")
    #expect(shown("token=AIzaSyA1234567890abcdef!") == "token=***!")
    #expect(shown("the task sk-1 is fine") == "the task sk-1 is fine")
  }

  @Test("a provider's text that repeats what was asked is not shown")
  func repeated() {
    let request = ModelRequest.saying("my most private question of all")
    let text = "Invalid content: 'my most private question of all'"
    #expect(ProviderText.presentable(text, hiding: nil, repeating: request) == nil)
    #expect(ProviderText.presentable("Invalid content", hiding: nil, repeating: request) == "Invalid content")
  }

  @Test("a key prints as stars, wherever it is printed")
  func secret() {
    let secret: Secret = "sk-very-secret"
    var dumped = ""
    dump(Self.provider, to: &dumped)
    dump(secret, to: &dumped)
    let reflected = String(reflecting: secret) + String(reflecting: Self.provider)
    let printed = "\(secret) \(Self.provider) \(reflected) \(dumped)"
    #expect(!printed.contains("very-secret") && !printed.contains("sk-acme"))
    #expect(secret.exposed == "sk-very-secret")
  }
}
