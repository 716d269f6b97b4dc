import ClawJSON
import ClawTesting
import Foundation
import Synchronization
import Testing

@testable import ClawCommands

@Suite("Onboarding")
struct OnboardTests {
  /// Nothing listens at the usual addresses of local model servers.
  private static func environment(_ folder: TemporaryFolder, _ more: [String: String] = [:]) -> [String: String] {
    let nobody = ["OLLAMA", "LMSTUDIO", "VLLM", "LLAMACPP"].map {
      ("SWIFTCLAW_\($0)_BASE_URL", "http://127.0.0.1:1/v1")
    }
    return Dictionary(uniqueKeysWithValues: nobody)
      .merging(["HOME": folder.path, "SWIFTCLAW_HOME": folder.path + "/data"]) { $1 }.merging(more) { $1 }
  }

  private static func config(_ folder: TemporaryFolder) throws -> JSONValue {
    try JSONValue(parsing: Data(contentsOf: URL(fileURLWithPath: folder.path + "/data/config.json")).map { $0 })
  }

  @Test("With a key in the environment nothing is asked: the key is tried, all is written, and the next step is said")
  func withKey() async throws {
    let folder = try TemporaryFolder()
    let models = try await FakeModelServer.start()
    models.accept(keys: ["planted-secret-1"])
    let result = await command(
      ["onboard"],
      environment: Self.environment(
        folder, ["SWIFTCLAW_OPENAI_API_KEY": "planted-secret-1", "SWIFTCLAW_OPENAI_BASE_URL": models.url]))
    #expect(result.status == .success, "\(result.errors)")
    #expect(result.output.contains("serve") && result.output.contains("chat"))
    #expect(!result.output.contains("planted") && !result.errors.contains("planted"))
    #expect(models.requests.count == 1 && models.violations.isEmpty)
    // This server does not list gpt-4o.
    let written = try Self.config(folder)
    #expect(written["models"] == ["provider": "openai", "model": "fake-small"])
    #expect(written["providers"]?["openai"]?["base_url"] == .string(models.url))
    #expect(try folder.mode(of: "data") == 0o700)
    #expect(try folder.mode(of: "data/secrets.env") == 0o600)
    #expect(try folder.mode(of: "data/config.json") == 0o600)
    // The written configuration is sufficient from now on.
    let check = await command(["models", "test", "--json"], environment: Self.environment(folder))
    #expect(check.status == .success, "\(check.errors)")
    #expect(try JSONValue(parsing: check.output)["model"] == "openai/fake-small")
    await models.stop()
  }

  @Test("A key that the provider refuses is 77, and nothing is written")
  func refusedKey() async throws {
    let folder = try TemporaryFolder()
    let models = try await FakeModelServer.start()
    models.accept(keys: ["another"])
    let result = await command(
      ["onboard", "--model", "fake-large"],
      environment: Self.environment(
        folder, ["SWIFTCLAW_OPENAI_API_KEY": "planted-secret-1", "SWIFTCLAW_OPENAI_BASE_URL": models.url]))
    #expect(result.status == .unauthorized)
    #expect(result.errors.contains("SWIFTCLAW_OPENAI_API_KEY") && !result.errors.contains("planted"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
    await models.stop()
  }

  @Test("A model server on this machine is found by itself, and JSON says all of it")
  func localServer() async throws {
    let folder = try TemporaryFolder()
    let models = try await FakeModelServer.start()
    models.list(["nomic-embed-text", "qwen3"])
    // It accepts requests without a key, like local servers.
    models.beStrict(false)
    let result = await command(
      ["onboard", "--json"],
      environment: Self.environment(
        folder, ["SWIFTCLAW_VLLM_BASE_URL": models.url, "SWIFTCLAW_MODELS_LOCAL_PROBE_TIMEOUT": "30s"]))
    #expect(result.status == .success, "\(result.errors)")
    let answer = try JSONValue(parsing: result.output)
    #expect(answer["provider"] == "vllm" && answer["model"] == "qwen3" && answer["secretsFile"] == .null)
    #expect(answer["localServers"]?[0]?["models"] == ["nomic-embed-text", "qwen3"])
    #expect(try Self.config(folder)["models"] == ["provider": "vllm", "model": "qwen3"])
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/data/secrets.env"))
    await models.stop()
  }

  @Test("Without a key and without a server it says what to do")
  func nothing() async throws {
    let folder = try TemporaryFolder()
    let result = await command(["onboard"], environment: Self.environment(folder))
    #expect(result.status == .configuration)
    #expect(result.errors.contains("SWIFTCLAW_ANTHROPIC_API_KEY"))
    let unknown = await command(["onboard", "--provider", "opnai"], environment: Self.environment(folder))
    #expect(unknown.status == .usage && unknown.errors.contains("did you mean openai?"))
    let keyless = await command(["onboard", "--provider", "openai"], environment: Self.environment(folder))
    #expect(keyless.status == .unauthorized && keyless.errors.contains("SWIFTCLAW_OPENAI_API_KEY"))
  }

  @Test("What stands in config.json stays, but for the choice of the model")
  func keepsOthers() async throws {
    let folder = try TemporaryFolder()
    let models = try await FakeModelServer.start()
    try FileManager.default.createDirectory(atPath: folder.path + "/data", withIntermediateDirectories: true)
    try folder.write(
      #"{"gateway": {"port": 4711}, "models": {"provider": "mistral", "retry_attempts": 2}}"#, to: "data/config.json")
    let environment = Self.environment(
      folder, ["SWIFTCLAW_OPENAI_API_KEY": "planted-secret-1", "SWIFTCLAW_OPENAI_BASE_URL": models.url])
    let result = await command(["onboard", "--model", "fake-large", "--no-keep-key"], environment: environment)
    #expect(result.status == .success, "\(result.errors)")
    let written = try Self.config(folder)
    #expect(written["gateway"]?["port"] == 4711)
    #expect(written["models"] == ["provider": "openai", "model": "fake-large", "retry_attempts": 2])
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/data/secrets.env"))
    await models.stop()
  }

  /// Scripted answers.
  private final class Answers: Questions {
    private let answers: Mutex<[String]>
    let asked = Mutex<[String]>([])

    init(_ answers: String...) {
      self.answers = Mutex(answers)
    }

    func ask(_ question: String) async -> String? {
      asked.withLock { $0.append(question) }
      return answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    func askSecretly(_ question: String) async -> String? { await ask("hidden: " + question) }
  }

  @Test("In a terminal it asks for provider, key and model; the key is not shown and goes into the file of secrets")
  func asked() async throws {
    let folder = try TemporaryFolder()
    let models = try await FakeModelServer.start()
    models.accept(keys: ["planted-secret-1"])
    let environment = Self.environment(
      folder, ["SWIFTCLAW_OPENAI_BASE_URL": models.url, "SWIFTCLAW_PROVIDER": "demo"])
    let loaded = try ConfigurationLoader(environment: environment, workingDirectory: folder.path).load().checked()
    let written = WrittenText()
    // The list of models requires the key, so the fake server has to know it by then.
    let answers = Answers("nonsense", "openai", "planted-secret-1", "fake-large")
    let outcome = try await Onboarding(
      loaded: loaded, configuredProvider: "", wishes: .init(), questions: answers, console: written.console()
    ).run()
    #expect(outcome.model.description == "openai/fake-large")
    let asked = answers.asked.withLock { $0 }
    #expect(asked.count == 4 && asked[2].hasPrefix("hidden: Key of openai"))
    #expect(asked[3].contains("[fake-small]"))
    #expect(written.errors.contains("nonsense") && !written.errors.contains("planted"))
    let kept = try ConfigurationLoader(
      environment: ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path + "/data"], workingDirectory: folder.path
    ).load().checked()
    #expect(kept.values[Settings.apiKey(of: "openai")] == "planted-secret-1")
    #expect(kept.values[Settings.model] == "fake-large")
    // An aborted dialog writes nothing.
    let other = try TemporaryFolder()
    let empty = try ConfigurationLoader(environment: Self.environment(other), workingDirectory: other.path).load()
    await #expect(throws: CommandFailure.self) {
      _ = try await Onboarding(
        loaded: empty, configuredProvider: "", wishes: .init(), questions: Answers("mistral"),
        console: written.console()
      ).run()
    }
    #expect(!FileManager.default.fileExists(atPath: other.path + "/data"))
    await models.stop()
  }
}
