import ClawCore
import ClawTesting
import Testing

@testable import ClawModels

@Suite("Names, lists and presets")
struct NamesAndListsTests {
  @Test(
    "what a person means by a name",
    arguments: [
      ("main/fake-small", Bench.main), ("main/some/path", ModelReference(provider: "main", model: "some/path")),
      ("main", Bench.main), ("claude", Bench.claude), (" fake-small ", Bench.main),
      ("claude-opus-4-5", ModelReference(provider: "claude", model: "claude-opus-4-5")),
    ])
  func resolve(_ name: String, _ expected: ModelReference) async throws {
    try await Bench.run { bench in
      _ = try await bench.ask()
      #expect(bench.router.resolve(name) == expected)
    }
  }

  @Test("what nobody knows is nil", arguments: ["", " ", "/", "main/", "nobody/gpt-4o", "gpt-4o", "nonsense"])
  func unknown(_ name: String) async throws {
    try await Bench.run { bench in
      _ = try await bench.ask()
      #expect(bench.router.resolve(name) == nil)
    }
  }

  @Test("a model that a provider listed is known by its bare name from then on")
  func listedName() async throws {
    try await Bench.run(timeouts: ModelTimeouts(list: .seconds(60))) { bench in
      bench.server.list(["own-model"])
      #expect(bench.router.resolve("own-model") == nil)
      _ = try await bench.router.list(provider: "main")
      #expect(bench.router.resolve("own-model") == ModelReference(provider: "main", model: "own-model"))
    }
  }

  @Test("an unknown name is looked up in fresh lists once for all who ask, and then not again for a minute")
  func lookedUp() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock) { bench in
      bench.server.list(["own-model"])
      let router = bench.router
      let found = await withTaskGroup(of: ModelReference?.self) { group in
        for _ in 0..<20 { group.addTask { await router.find("own-model") } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(found == Array(repeating: ModelReference(provider: "main", model: "own-model"), count: 20))
      let asked = bench.server.listRequests.count
      // One list request for each of the two providers that it serves.
      #expect(asked <= 2)
      #expect(await router.find("late-model") == nil && bench.server.listRequests.count == asked)
      bench.server.list(["late-model"])
      clock.advance(by: .seconds(59))
      #expect(await router.find("late-model") == nil && bench.server.listRequests.count == asked)
      clock.advance(by: .seconds(2))
      #expect(await router.find("late-model") == ModelReference(provider: "main", model: "late-model"))
      #expect(await router.find(" ") == nil)
    }
  }

  @Test("a model that the configuration names is known by its bare name at once")
  func configuredName() async throws {
    let provider = ProviderConfiguration(
      name: "work", dialect: .openAI, baseURL: "http://127.0.0.1:1/v1", defaultModel: "big", models: ["big", "small"])
    try await Bench.run(extra: [provider]) { bench in
      #expect(bench.router.resolve("small") == ModelReference(provider: "work", model: "small"))
    }
  }

  @Test("lists are asked for side by side, kept for five minutes, and a failing provider is named")
  func lists() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock) { bench in
      bench.server.list(["b", "fake-small"])
      bench.second.listReply(.status(500))
      let listing = try await bench.router.list(provider: nil)
      #expect(listing.models.filter { $0.reference.provider == "main" }.map(\.reference.model) == ["b", "fake-small"])
      #expect(listing.models.filter(\.isDefault).map(\.reference) == [Bench.main])
      #expect(listing.failures.map(\.provider) == ["other"])
      clock.advance(by: .seconds(299))
      _ = try await bench.router.list(provider: "main")
      #expect(bench.server.listRequests.count == 2)
      clock.advance(by: .seconds(2))
      _ = try await bench.router.list(provider: "main")
      #expect(bench.server.listRequests.count == 3)
      #expect(bench.server.violations.isEmpty)
    }
  }

  @Test("a provider that does not list within five seconds is a failure, the others are listed")
  func slowList() async throws {
    let clock = TestClock()
    try await Bench.run(clock: clock, timeouts: ModelTimeouts()) { bench in
      let gate = FakeGate()
      bench.second.listReply(FakeReply.text("").held(by: gate))
      async let listing = bench.router.list(provider: nil)
      await gate.reached()
      await clock.sleeper(of: .seconds(5))
      await bench.server.listed(2)
      // The fast ones are read before time advances.
      while clock.sleepers > 1 { await Task.yield() }
      clock.advance(by: .seconds(5))
      let result = try await listing
      #expect(result.failures.map(\.provider) == ["other"])
      #expect(Set(result.models.map(\.reference.provider)) == ["main", "claude"])
    }
  }

  @Test("a provider that is not configured is not found")
  func unknownProvider() async throws {
    try await Bench.run { bench in
      let error = await #expect(throws: ClawError.self) { try await bench.router.list(provider: "nobody") }
      #expect(error?.code == .notFound)
    }
  }

  @Test("windows: from the vendor's list, else from the table, else a cautious figure")
  func windows() async throws {
    try await Bench.run { bench in
      #expect(bench.router.contextWindow(of: Bench.claude) == 200_000)
      #expect(bench.router.contextWindow(of: Bench.main) == ModelTable.cautiousWindow)
      bench.server.listReply(.status(200, body: #"{"data":[{"id":"fake-small","context_length":1234}]}"#))
      _ = try await bench.router.list(provider: "main")
      #expect(bench.router.contextWindow(of: Bench.main) == 1234)
      #expect(ModelTable.contextWindow(vendor: "openai", model: "gpt-4o-mini") == 128_000)
      #expect(ModelTable.contextWindow(vendor: "openai", model: "gpt-4.1-nano") == 1_047_576)
      #expect(ModelTable.contextWindow(vendor: "openrouter", model: "anthropic/claude-sonnet-4-5") == 200_000)
      #expect(ModelTable.contextWindow(vendor: "ollama", model: "qwen3") == 8192)
    }
  }

  @Test("the presets: eleven vendors and four servers of one's own, with their variables")
  func presets() throws {
    #expect(ProviderPreset.all.count == 15)
    #expect(ProviderPreset.all.filter(\.requiresKey).count == 11)
    #expect(Set(ProviderPreset.all.map(\.name)).count == 15)
    let openAI = try #require(ProviderPreset.named("openai"))
    #expect(openAI.keyVariable == "SWIFTCLAW_OPENAI_API_KEY")
    #expect(openAI.baseURLVariable == "SWIFTCLAW_OPENAI_BASE_URL")
    #expect(openAI.defaultModel == "gpt-4o")
  }

  @Test(
    "L34: reasoning between tags is taken out of the text, however it is cut",
    arguments: [
      ("<think>a < b</think>\n\nyes", "a < b", "yes"), ("  <think></think>x", "", "x"),
      ("no tags <think>x</think>", "", "no tags <think>x</think>"),
      ("<think>a</think>\u{FE0F}b", "a", "\u{FE0F}b"), ("<think>\u{301}a</think>b", "\u{301}a", "b"),
      ("<thin air", "", "<thin air"), ("<think>never closed</th", "never closed</th", ""), ("< think>", "", "< think>"),
    ])
  func thinkTags(_ text: String, _ thinking: String, _ answer: String) {
    let characters = Array(text)
    for size in 1...characters.count {
      var splitter = ThinkTagSplitter(enabled: true)
      var events: [ModelEvent] = []
      for start in stride(from: 0, to: characters.count, by: size) {
        events += splitter.push(String(characters[start..<min(start + size, characters.count)]))
      }
      events += splitter.finish()
      let recorder = Recorder()
      for event in events { recorder.take(event) }
      #expect(recorder.thinking == thinking)
      #expect(recorder.text == answer)
    }
  }
}
