import ClawModels
import Testing

@testable import ClawCommands

@Suite("Choice of the model")
struct ModelsConfigurationTests {
  @Test(
    "The model is the one that is named, or the usual one of the first provider with a key, or the demo",
    arguments: [
      ([:], "demo/demo"), (["SWIFTCLAW_GROQ_API_KEY": "k"], "groq/llama-3.3-70b-versatile"),
      (["SWIFTCLAW_GROQ_API_KEY": "k", "SWIFTCLAW_OPENAI_API_KEY": "k"], "openai/gpt-4o"),
      (["SWIFTCLAW_OPENAI_API_KEY": "k", "SWIFTCLAW_MODEL": "gpt-5"], "openai/gpt-5"),
      (["SWIFTCLAW_OPENAI_API_KEY": "k", "SWIFTCLAW_OPENAI_MODEL": "gpt-5"], "openai/gpt-5"),
      (
        ["SWIFTCLAW_ANTHROPIC_API_KEY": "k", "SWIFTCLAW_OPENAI_API_KEY": "k", "SWIFTCLAW_MODEL": "openai/gpt-5"],
        "openai/gpt-5"
      ), (["SWIFTCLAW_OPENROUTER_API_KEY": "k", "SWIFTCLAW_MODEL": "openai/gpt-5"], "openrouter/openai/gpt-5"),
      (["SWIFTCLAW_OPENAI_API_KEY": "k", "SWIFTCLAW_PROVIDER": "demo"], "demo/demo"),
      (["SWIFTCLAW_PROVIDER": "vllm", "SWIFTCLAW_MODEL": "m"], "vllm/m"),
      (["SWIFTCLAW_OPENAI_BASE_URL": "http://127.0.0.1:9/v1"], "openai/gpt-4o"),
    ])
  func standard(environment: [String: String], expected: String) throws {
    let loaded = try load(environment: environment)
    #expect(loaded.problems.isEmpty)
    #expect(try loaded.values.models.standard.description == expected)
  }

  @Test("Only providers that somebody set up are used, and the demo is always there")
  func providers() throws {
    let models = try load(environment: ["SWIFTCLAW_GROQ_API_KEY": "k", "SWIFTCLAW_LMSTUDIO_MODEL": "m"]).values.models
    #expect(models.providers.map(\.name) == ["groq", "lmstudio", "demo"])
    #expect(models.providers[0].apiKey?.exposed == "k")
    #expect(models.providers[1].apiKey == nil)
  }

  @Test("Times and tries go through")
  func times() throws {
    let loaded = try load(environment: [
      "SWIFTCLAW_MODELS_SILENCE_TIMEOUT": "7s", "SWIFTCLAW_MODELS_RETRY_ATTEMPTS": "5",
    ])
    #expect(try loaded.values.models.timeouts.silence == .seconds(7))
    #expect(try loaded.values.models.retry.attempts == 5)
  }

  @Test("S34: Every secret that is set reaches the filters")
  func secrets() throws {
    let loaded = try load(environment: ["SWIFTCLAW_GROQ_API_KEY": "groq-key", "SWIFTCLAW_XAI_API_KEY": "xai-key"])
    let configuration = GatewayConfiguration(
      dataDirectory: loaded.dataDirectory, token: StoredToken("the-token", origin: .environment),
      values: loaded.values)
    #expect(Set(configuration.secrets) == ["groq-key", "xai-key", "the-token"])
  }
}
