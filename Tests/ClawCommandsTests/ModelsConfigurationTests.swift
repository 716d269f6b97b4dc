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

  @Test("Any number of providers can be set up under names of one's own, in the file and in the environment")
  func ownProviders() throws {
    let file = #"""
      {"providers": {
        "work": {"base_url": "https://llm.example/v1", "models": ["big", "small"], "headers": {"X-Team": "claw"}},
        "my-claude": {"base_url": "https://claude.example", "dialect": "anthropic", "model": "claude-opus-4-8"},
        "groq": {"rules": "plain"}
      }}
      """#
    let loaded = try load(
      file,
      environment: [
        "SWIFTCLAW_WORK_API_KEY": "work-key", "SWIFTCLAW_PROVIDERS_MY_CLAUDE_API_KEY": "claude-key",
        "SWIFTCLAW_PROVIDERS_THIRD_BASE_URL": "http://third:1/v1", "SWIFTCLAW_PROVIDERS_THIRD_HEADERS": "A: b, C: d e",
        "SWIFTCLAW_GROQ_API_KEY": "k",
      ])
    #expect(loaded.problems.isEmpty && loaded.notes.isEmpty, "\(loaded.problems) \(loaded.notes)")
    let models = try loaded.values.models
    #expect(models.providers.map(\.name) == ["groq", "my-claude", "third", "work", "demo"])
    let (groq, claude, third, work) = (
      models.providers[0], models.providers[1], models.providers[2], models.providers[3]
    )
    #expect(groq.rules == "plain")
    #expect(claude.dialect == .anthropic && claude.apiKey?.exposed == "claude-key")
    #expect(claude.defaultModel == "claude-opus-4-8")
    #expect(third.extraHeaders.map { "\($0.0)=\($0.1)" } == ["A=b", "C=d e"])
    #expect(work.dialect == .openAI && work.models == ["big", "small"] && work.defaultModel == "big")
    #expect(work.apiKey?.exposed == "work-key" && work.extraHeaders.map(\.0) == ["X-Team"])
    #expect(Set(loaded.values.secrets) == ["work-key", "claude-key", "k"])
    #expect(loaded.values.lines.contains { $0.path == "providers.work.api_key" && $0.value == "***" })
  }

  @Test("One of them answers where it is chosen, and its sealed key is found under its setting's name")
  func chosen() throws {
    let file = #"{"models": {"provider": "work"}, "providers": {"work": {"base_url": "http://x/v1", "model": "m"}}}"#
    var loaded = try load(file)
    #expect(try loaded.values.models.standard.description == "work/m")
    loaded.values.take(sealed: ["providers.work.api_key": "sealed"])
    #expect(try loaded.values.models.providers[0].apiKey?.exposed == "sealed")
  }

  @Test(
    "What is wrong with a provider is named",
    arguments: [
      (
        #"{"providers": {"opnai": {"model": "x"}}}"#,
        "set providers.opnai.base_url to its address; did you mean openai?"
      ),
      (#"{"providers": {"Work": {"base_url": "http://x"}}}"#, "providers.Work: a provider's name is made of"),
      (#"{"providers": {"work": {"base_ur": "http://x"}}}"#, "did you mean providers.work.base_url?"),
      (#"{"providers": {"work": {"base_url": "http://x", "dialect": "grpc"}}}"#, "one of openai, anthropic"),
      (
        #"{"providers": {"work": {"base_url": "http://x", "headers": {"Authorization": "Bearer planted"}}}}"#,
        "without keys (those are api_key)"
      ),
      (#"{"providers": {"work": {"base_url": "http://x", "api_key": "planted"}}}"#, "SWIFTCLAW_WORK_API_KEY"),
    ])
  func problems(json: String, expected: String) throws {
    let problem = try #require(try load(json).problems.first)
    #expect(problem.description.contains(expected), "\(problem)")
    #expect(!problem.description.contains("Bearer planted") || expected.contains("headers"))
  }

  @Test("A file of certificates that is not there is said so at once")
  func trustFile() throws {
    let loaded = try load(environment: ["SSL_CERT_FILE": "/nowhere/ca.pem"])
    #expect(loaded.problems.first?.description.contains("SSL_CERT_FILE: /nowhere/ca.pem") == true)
  }
}
