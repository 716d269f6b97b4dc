import ClawCore
import ClawJSON
import Synchronization

/// One agent, `default`.
struct FakeAgents: AgentService {
  func list(as principal: Principal) async throws -> [AgentDescription] {
    [try await agent(.standard, as: principal)]
  }

  func agent(_ key: AgentKey, as principal: Principal) async throws -> AgentDescription {
    guard ["default", "helper"].contains(key.rawValue) else { throw ClawError(.notFound, "agent not found") }
    let agent = Agent(
      id: AgentID(unchecked: "a1"), key: key, name: "Claw", summary: "helps", emoji: "🦀",
      folder: AgentFolder(path: "/tmp"),
      createdAt: Timestamp(milliseconds: 1_700_000_000_000), updatedAt: Timestamp(milliseconds: 1_700_000_000_000))
    return AgentDescription(
      agent: agent, model: ModelReference(provider: "openai", model: "gpt-4o"), isRunning: false, tools: ["clock"])
  }
}

extension FakeAgents {
  func create(_ draft: AgentDraft, as principal: Principal) async throws -> Agent {
    guard draft.name != "taken" else { throw ClawError(.alreadyExists, "agent already exists") }
    return Agent(
      id: AgentID(unchecked: "a2"), key: draft.key ?? AgentKey(unchecked: draft.name), name: draft.name,
      folder: AgentFolder(path: draft.workspace ?? "/tmp"), createdAt: Timestamp(milliseconds: 0),
      updatedAt: Timestamp(milliseconds: 0))
  }

  func update(_ key: AgentKey, _ change: AgentChange, as principal: Principal) async throws -> Agent {
    try await agent(key, as: principal).agent
  }

  func remove(_ key: AgentKey, deletingFiles: Bool, as principal: Principal) async throws -> Bool {
    _ = try await agent(key, as: principal)
    return deletingFiles
  }
}

/// One provider with one model.
struct FakeModels: ModelService, ModelCatalog {
  let standard = ModelReference(provider: "openai", model: "gpt-4o")

  func reply(
    to request: ModelRequest, from candidates: [ModelReference], observer: ModelObserver
  ) async throws -> ModelReply {
    throw ClawError(.unavailable, "no model here")
  }

  func resolve(_ name: String) -> ModelReference? {
    name == "gpt-4o" || name == "openai/gpt-4o" ? standard : nil
  }

  func contextWindow(of model: ModelReference) -> Int { 1000 }

  func list(provider: String?) async throws -> ModelListing {
    ModelListing(
      models: [ModelDescription(reference: standard, name: "GPT-4o", contextWindow: 128_000, isDefault: true)],
      failures: [("broken", "no answer")])
  }
}

/// A service without tenant providers.
struct FakeProviders: ProviderService {
  private static let notFound = ClawError(.notFound, "no such provider")

  func providers(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<ProviderEntry> {
    Page(items: [], nextCursor: nil)
  }

  func provider(_ name: String, as principal: Principal) async throws -> ProviderEntry { throw Self.notFound }

  func createProvider(_ name: String, _ change: ProviderChange, as principal: Principal) async throws -> ProviderEntry {
    throw Self.notFound
  }

  func updateProvider(
    _ name: String, _ change: ProviderChange, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> ProviderEntry { throw Self.notFound }

  func removeProvider(_ name: String, as principal: Principal) async throws { throw Self.notFound }

  func testProvider(_ name: String, model: String?, as principal: Principal) async throws -> ProviderTest {
    throw Self.notFound
  }

  func models(of name: String, as principal: Principal) async throws -> ModelListing { throw Self.notFound }
}

/// No jobs.
struct FakeCron: CronService {
  func jobs(of user: UserID?, includeDisabled: Bool, as principal: Principal) async throws -> [CronJob] { [] }

  func create(_ spec: CronJobSpec, for user: UserID?, as principal: Principal) async throws -> CronJob {
    throw ClawError(.resourceExhausted, "no jobs here")
  }

  func delete(_ job: JobID, as principal: Principal) async throws { throw ClawError(.notFound, "job not found") }

  func setEnabled(_ isEnabled: Bool, of job: JobID, as principal: Principal) async throws -> CronJob {
    throw ClawError(.notFound, "job not found")
  }
}

struct FakeStatus: StatusService {
  let state: Readiness

  func status(as principal: Principal) async throws -> EngineStatus {
    EngineStatus(
      uptime: .seconds(5), store: "sqlite", node: NodeID(unchecked: "n1"), sessions: 2,
      lanes: [.main: LaneStatus(running: 1, queued: 2, limit: 4)])
  }

  func readiness() async -> (state: Readiness, checks: UTF8Dictionary<String>) {
    (state, ["store": state == .ready ? "ok" : "opening"])
  }
}

final class FakeSessions: SessionService {
  private let labels = Mutex<[String]>([])
  var labelled: [String] { labels.withLock { $0 } }

  func list(_ query: SessionQuery, as principal: Principal) async throws -> SessionPage {
    SessionPage(sessions: [], nextCursor: query.cursor)
  }

  func delete(_ session: SessionKey, user: UserID?, as principal: Principal) async throws {
    if session.rawValue == "agent:default:gone" { throw ClawError(.notFound, "session not found") }
  }

  func label(_ session: SessionKey, user: UserID?, as label: String, by principal: Principal) async throws {
    labels.withLock { $0.append(label) }
  }
}

/// An in-memory event log.
final class FakeFeed: EventFeed {
  private struct State {
    var lastID: UInt64 = 0
    var watchers: [WatcherID: any RunEventWatcher] = [:]
    var log: [RunEvent] = []
    var waiters: [(after: Int64, signal: AsyncStream<Never>.Continuation)] = []
    var readers = 0
    var greeting: RunEvent?
  }

  private let state = Mutex(State())

  /// Delivers an event to each watcher when it is attached.
  func greet(with event: RunEvent) { state.withLock { $0.greeting = event } }

  var watcherCount: Int { state.withLock { $0.watchers.count } }
  /// Number of requests for a session's events.
  var readerCount: Int { state.withLock { $0.readers } }

  func emit(_ event: RunEvent) {
    let (watchers, waiters) = state.withLock { state in
      state.log.append(event)
      defer { state.waiters = [] }
      return (Array(state.watchers.values), state.waiters)
    }
    for waiter in waiters { waiter.signal.finish() }
    for watcher in watchers { watcher.deliver(ShownEvent(event), isLast: true) }
  }

  func attach(_ watcher: any RunEventWatcher, as principal: Principal) -> WatcherID {
    state.withLock { state in
      state.lastID += 1
      let id = WatcherID(rawValue: state.lastID)
      state.watchers[id] = watcher
      if let greeting = state.greeting { watcher.deliver(ShownEvent(greeting), isLast: true) }
      return id
    }
  }

  func detach(_ watcher: WatcherID) {
    _ = state.withLock { $0.watchers.removeValue(forKey: watcher) }
  }

  func subscribe(
    _ watcher: WatcherID, to session: SessionKey, user: UserID?, after afterSeq: Int64?, as principal: Principal
  ) async throws -> PendingSubscription {
    let (target, log) = state.withLock { ($0.watchers[watcher], $0.log) }
    let head = log.last?.seq ?? 0
    guard (afterSeq ?? head) <= head else {
      throw ClawError(.failedPrecondition, "beyond the head", details: [.oldestEvent: 1])
    }
    let info = SubscriptionInfo(session: session, headSeq: head, oldestSeq: 1, activeRun: nil)
    return PendingSubscription(info: info) {
      _ = await target?.deliverPaced(log.filter { $0.seq > afterSeq ?? head })
    }
  }

  func unsubscribe(_ watcher: WatcherID, from session: SessionKey, user: UserID?, as principal: Principal) async throws
  {}

  func events(of address: SessionAddress, after: Int64) -> RunEventSequence {
    state.withLock { $0.readers += 1 }
    return RunEventSequence(after: after) { [self] after in
      while true {
        let (batch, wait) = state.withLock { state -> ([RunEvent], AsyncStream<Never>?) in
          let batch = state.log.filter { $0.seq > after && $0.address == address }
          guard batch.isEmpty else { return (batch, nil) }
          let (stream, signal) = AsyncStream.makeStream(of: Never.self)
          state.waiters.append((after, signal))
          return ([], stream)
        }
        guard let wait else { return batch }
        for await _ in wait {}
        try Task.checkCancellation()
      }
    }
  }
}
