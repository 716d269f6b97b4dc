import ClawCore
import ClawStore
import Logging

@testable import ClawEngine

let ann = Principal(
  tenant: .standard, user: UserID(unchecked: "ann"), role: .operator_, origin: .webSocket)
let bob = Principal(
  tenant: .standard, user: UserID(unchecked: "bob"), role: .operator_, origin: .webSocket)
let admin = Principal(tenant: .standard, user: .owner, role: .admin, origin: .http)

/// An engine with its own store, and models controlled by the test.
struct Harness: Sendable {
  let engine: Engine
  let store: Store
  let models: FakeModels

  static func key(_ name: String) -> SessionKey { SessionKey(unchecked: "agent:default:" + name) }

  func address(_ name: String, of principal: Principal = ann) -> SessionAddress {
    SessionAddress(tenant: principal.tenant, user: principal.user, key: Self.key(name))
  }

  func inbound(_ text: String, in session: String = "main") -> Inbound {
    Inbound(agent: .standard, session: Self.key(session), message: UserMessage(text))
  }

  @discardableResult
  func send(
    _ text: String, in session: String = "main", as principal: Principal = ann,
    _ change: (inout Inbound) -> Void = { _ in }
  ) async throws -> RunID {
    var inbound = inbound(text, in: session)
    change(&inbound)
    return try await engine.accept(inbound, as: principal).run
  }

  /// Sends a message and waits for the end of its run.
  func ask(_ text: String, in session: String = "main", as principal: Principal = ann) async throws -> RunOutcome {
    try await engine.outcome(of: try await send(text, in: session, as: principal), as: principal)
  }

  func history(_ session: String = "main", as principal: Principal = ann) async throws -> [TranscriptMessage] {
    try await page(session, as: principal).messages
  }

  func page(_ session: String = "main", as principal: Principal = ann) async throws -> HistoryPage {
    try await engine.history(of: Self.key(session), user: nil, limit: 500, before: nil, as: principal)
  }

  func log(_ session: String = "main", of principal: Principal = ann) async throws -> [RunEvent] {
    let address = address(session, of: principal)
    return try await store.tenant(address.tenant).read { transaction in
      guard let counters = try transaction.sessions.counters(of: address) else { return [] }
      return try transaction.events.events(of: counters.id, at: address, after: 0, limit: 100_000)
    }
  }

  func watch(as principal: Principal = ann) -> Watcher {
    let watcher = Watcher()
    _ = engine.feed.attach(watcher, as: principal)
    return watcher
  }

  func record(_ run: RunID) async throws -> RunRecord? {
    try await store.tenant(.standard).read { try $0.runs.run(run) }
  }

  /// The stored tool calls of a run.
  func toolCalls(of run: RunID) async throws -> [ToolCallRecord] {
    try await store.tenant(.standard).read { transaction in
      guard let place = try transaction.runs.header(of: run) else { return [] }
      return try transaction.toolCalls.all(of: run, in: place.session)
    }
  }
}

/// Opens the store, creates an engine and runs it while the body runs.
func withEngine(
  _ models: FakeModels = .echo, tools: [any Tool] = [FakeTool.echo], source: (any ToolSource)? = nil,
  in directory: TestDirectory? = nil,
  time: TimeSource = .system, isRunning: Bool = true, maxPages: Int? = nil,
  redactor: SecretRedactor = SecretRedactor(), secrets: (any SecretVault)? = nil,
  configure: (inout EngineConfiguration) -> Void = { _ in }, _ body: (Harness) async throws -> Void
) async throws {
  let directory = try directory ?? TestDirectory()
  let store = try await Store.openSQLite(
    SQLiteConfiguration(path: directory.path + "/test.db", maxPages: maxPages), time: time)
  var configuration = EngineConfiguration(
    drainTimeout: .zero, pollInterval: .milliseconds(20), textJoin: .milliseconds(1), workspaces: directory.path,
    bootID: "boot")
  configure(&configuration)
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  let engine = Engine(
    store: store, models: models, tools: source ?? FixedTools(tools), configuration: configuration, time: time,
    logger: logger,
    redactors: FixedRedactor(redactor), secrets: secrets)
  let harness = Harness(engine: engine, store: store, models: models)
  do {
    try await engine.prepare()
    try await withThrowingTaskGroup(of: Void.self) { group in
      if isRunning { group.addTask { try await engine.run() } }
      try await body(harness)
      group.cancelAll()
    }
    await store.close()
  } catch {
    await store.close()
    throw error
  }
}
