import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

/// Random sequences of events in the life of runs: accepted, answered, steered, interrupted, aborted, crashed, taken
/// over. Each seed is another sequence; a failure names its seed.
@Suite("Randomized run state machine", .timeLimit(.minutes(10)))
struct StateMachineTests {
  /// Waits for a decision, and has a result after it.
  private static let pause = FakeTool.whole("pause", effect: .acts) { _, context in
    context.approval == nil ? .pending(for: .approval, until: TimeSource.system.now + .seconds(3600)) : .text("went on")
  }

  @Test(
    "any interleaving of accept, steer, interrupt, abort, wait, decision, crash and lost leases leaves each run in a legal state",
    arguments: 1...24)
  func anyOrder(seed: Int) async throws {
    let history = RunHistory(seed: UInt64(seed))
    let directory = try TestDirectory()
    for life in 0..<4 {
      let models = FakeModels()
      try await withEngine(
        models, tools: [FakeTool.echo, Self.pause], in: directory, configure: history.configure
      ) { harness in
        try await history.check(harness, "seed \(seed), start of life \(life)")
        for step in 0..<30 {
          let done = try await history.step(harness)
          try await history.check(harness, "seed \(seed), life \(life), step \(step): \(done)")
        }
        // A killed process writes nothing more, whatever it was about to write.
        if history.flip() { await harness.store.close() } else { await harness.engine.drain() }
      }
    }
    try await withEngine(in: directory, configure: history.configure) { harness in
      try await history.giveBackLeases(harness)
      try await yield {
        try await history.decideAll(harness)
        return try await history.unfinished(harness).isEmpty
      }
      try await history.check(harness, "seed \(seed), at the end")
      try await history.checkEnd(harness)
    }
  }
}

/// The actions of a test so far, and the observed states of each run.
private final class RunHistory: Sendable {
  private struct Seen {
    var state: RunState
    var attempt: Int
  }

  private struct State {
    var generator: SeededGenerator
    var messages = 0
    var accepted: [String: [RunID]] = [:]
    /// Messages that steered a running run, with the runs that they become if they are not read.
    var steered: [String: [(run: RunID, text: String)]] = [:]
    var seen: [RunID: Seen] = [:]
    /// Runs whose abort was confirmed.
    var aborted: Set<RunID> = []
    var stolen: [Lease] = []
  }

  private static let sessions = ["one", "two", "three"]
  private let state: Locked<State>

  init(seed: UInt64) { state = Locked(State(generator: SeededGenerator(seed: seed))) }

  func flip() -> Bool { state.withLock { Bool.random(using: &$0.generator) } }
  private func pick(_ count: Int) -> Int { state.withLock { .random(in: 0..<count, using: &$0.generator) } }

  func configure(_ configuration: inout EngineConfiguration) {
    configuration.pollInterval = .milliseconds(2)
    configuration.maxQueuedPerSession = 3
    configuration.lanes[.main] = 2
  }

  // MARK: - Steps

  /// Takes a random step; returns its description.
  func step(_ harness: Harness) async throws -> String {
    defer { _ = pick(2) }
    let session = Self.sessions[pick(Self.sessions.count)]
    let done: String
    switch pick(14) {
    case 0...2: done = try await accept(harness, session)
    case 3...6: done = play(harness)
    case 7: done = try await abort(harness, session)
    case 8: done = try await steal(harness)
    case 9, 10: done = try await accept(harness, session, .steer)
    case 11: done = try await accept(harness, session, .interrupt)
    case 12: done = try await decide(harness, session)
    default:
      try await giveBackLeases(harness)
      done = "leases given back"
    }
    for _ in 0..<pick(30) { await Task.yield() }
    return done
  }

  private func accept(
    _ harness: Harness, _ session: String, _ mode: MessageMode = .queue
  ) async throws -> String {
    let number = state.withLock { state in
      state.messages += 1
      return state.messages
    }
    do {
      var inbound = harness.inbound("message \(number)", in: session)
      inbound.mode = mode
      let receipt = try await harness.engine.accept(inbound, as: ann)
      state.withLock { state in
        if let own = receipt.ifUnread {
          state.steered[session, default: []].append((own, "message \(number)"))
        } else {
          state.accepted[session, default: []].append(receipt.run)
        }
      }
      return
        "accepted \(receipt.run) in \(session) by \(mode), with \(receipt.ifUnread?.rawValue ?? "nothing") in reserve"
    } catch let error as ClawError where error.code == .resourceExhausted {
      return "\(session) is full"
    }
  }

  /// A model streams, answers, calls a tool or fails; the run may have ended.
  private func play(_ harness: Harness) -> String {
    let calls = harness.models.calls.all
    guard !calls.isEmpty else { return "no model was called yet" }
    let (call, number) = (calls[pick(calls.count)], pick(1_000_000))
    switch pick(5) {
    case 0: call.post(.event(.text("piece ")))
    case 1:
      let pause = ToolCall(id: "call\(number)", name: "pause", arguments: [:])
      let tool = flip() ? ToolCall.echo("x", id: "call\(number)") : pause
      call.post(.reply(ModelReply(text: "", calls: [tool], model: FakeModels.reference)))
    case 2: call.post(.failure(ClawError(.unavailable, "the provider is gone")))
    default: call.post(.reply(ModelReply(text: "piece answer", model: FakeModels.reference)))
    }
    return "a model moved"
  }

  /// Decides a call of one of a session's runs, whether it is waiting or not.
  private func decide(_ harness: Harness, _ session: String) async throws -> String {
    let runs = state.withLock { $0.accepted[session] ?? [] }
    guard !runs.isEmpty else { return "nothing to decide" }
    return try await decide(runs[pick(runs.count)], harness)
  }

  private func decide(_ run: RunID, _ harness: Harness) async throws -> String {
    guard let call = try await harness.toolCalls(of: run).last(where: { $0.state == .waiting }) else {
      return "\(run) waits for nothing"
    }
    let decision: ToolDecision =
      [.approve, .refuse(because: "no"), .answer(ToolResult(content: "given"))][pick(3)]
    do {
      try await harness.engine.decide(call.id, of: run, as: decision, by: ann)
      return "decided \(call.id) of \(run)"
    } catch let error as ClawError where error.code == .failedPrecondition {
      return "\(call.id) of \(run) was decided, or over"
    }
  }

  func decideAll(_ harness: Harness) async throws {
    for run in try await unfinished(harness) { _ = try await decide(run, harness) }
  }

  private func abort(_ harness: Harness, _ session: String) async throws -> String {
    let runs = state.withLock { $0.accepted[session] ?? [] }
    guard !runs.isEmpty else { return "nothing to abort" }
    if flip() { return try await abortElsewhere(runs[pick(runs.count)], harness) }
    let target: AbortTarget =
      flip() ? .run(runs[pick(runs.count)]) : .session(Harness.key(session), user: nil)
    let stopped = try await harness.engine.abort(target, as: ann)
    state.withLock { $0.aborted.formUnion(stopped) }
    return "aborted \(stopped)"
  }

  /// Another node requests an abort, and its notification is lost.
  private func abortElsewhere(_ run: RunID, _ harness: Harness) async throws -> String {
    let isNoted = try await harness.store.tenant(.standard).write { transaction in
      guard try transaction.runs.run(run)?.state == .running else { return false }
      return try transaction.runs.requestAbort(run)
    }
    if isNoted { _ = state.withLock { $0.aborted.insert(run) } }
    return "aborted \(run) elsewhere: \(isNoted)"
  }

  /// Another node claims runs, as after a lease expired.
  private func steal(_ harness: Harness) async throws -> String {
    let (later, limit) = (TimeSource.system.now + .seconds(3600), pick(2) + 1)
    let leases = try await harness.store.node.write {
      try $0.queue.claim(
        .main, limit: limit, owner: NodeID(unchecked: "thief"), now: later, until: later + .seconds(3600)
      ).leases
    }
    state.withLock { $0.stolen += leases }
    return "stolen \(leases.map(\.run))"
  }

  func giveBackLeases(_ harness: Harness) async throws {
    let leases = state.withLock { state in
      defer { state.stolen = [] }
      return state.stolen
    }
    try await harness.store.node.write { for lease in leases { try $0.queue.release(lease) } }
  }

  // MARK: - Invariants

  private struct Snapshot: Sendable {
    let session: String
    let counters: SessionCounters
    let runs: [RunRecord]
    let events: [RunEvent]
    let messages: [TranscriptMessage]
    let queued: Int
    let unread: Int
    let head: RunID?
  }

  private func snapshots(_ harness: Harness) async throws -> [Snapshot] {
    let (accepted, steered) = state.withLock { ($0.accepted, $0.steered) }
    return try await harness.store.tenant(.standard).read { transaction in
      try Self.sessions.compactMap { session -> Snapshot? in
        let address = harness.address(session)
        guard let counters = try transaction.sessions.counters(of: address) else { return nil }
        let head = try transaction.queue.head(of: counters.id, now: TimeSource.system.now)
        return Snapshot(
          session: session, counters: counters,
          runs: try ((accepted[session] ?? []) + (steered[session] ?? []).map(\.run))
            .compactMap { try transaction.runs.run($0) },
          events: try transaction.events.events(of: counters.id, at: address, after: 0, limit: 100_000),
          messages: try transaction.messages.page(of: counters.id, before: .max, limit: 100_000),
          queued: try transaction.queue.count(of: counters.id),
          unread: try transaction.inbox.count(of: counters.id), head: head?.run)
      }
    }
  }

  func unfinished(_ harness: Harness) async throws -> [RunID] {
    try await snapshots(harness).flatMap(\.runs).filter { !$0.state.isTerminal }.map(\.id)
  }

  /// The invariants at every moment, checked on one snapshot.
  func check(_ harness: Harness, _ place: String) async throws {
    for snapshot in try await snapshots(harness) {
      let place = "\(place): session \(snapshot.session)"
      let (accepted, steered) = state.withLock { state in
        (state.accepted[snapshot.session] ?? [], state.steered[snapshot.session] ?? [])
      }
      #expect(accepted.allSatisfy { run in snapshot.runs.contains { $0.id == run } }, "\(place)")
      // A message to a run is either unread, or once in the transcript.
      let said = snapshot.messages.compactMap { if case .user(let message) = $0.body { message.text } else { nil } }
      #expect(said.count + snapshot.unread == accepted.count + steered.count, "\(place)")
      #expect(Set(said).count == said.count, "\(place)")
      #expect(said.filter { text in steered.contains { $0.text == text } }.count + snapshot.unread == steered.count)
      let open = snapshot.runs.filter { !$0.state.isTerminal }
      #expect(snapshot.counters.pending == open.count && snapshot.queued == open.count, "\(place)")
      let running = open.filter { $0.state == .running }
      #expect(running.count <= 1 && running.allSatisfy { $0.id == snapshot.head }, "\(place)")
      #expect(snapshot.events.map(\.seq) == Self.numbers(to: snapshot.counters.headSeq), "\(place)")
      #expect(snapshot.messages.map(\.seq) == Self.numbers(to: snapshot.counters.lastMessageSeq), "\(place)")
      for run in snapshot.runs { check(run, snapshot, place) }
    }
  }

  private static func numbers(to last: Int64) -> [Int64] { Array(stride(from: 1, through: last, by: 1)) }

  private func check(_ run: RunRecord, _ snapshot: Snapshot, _ place: String) {
    let place = "\(place): run \(run.id) is \(run.state)"
    let events = snapshot.events.filter { $0.run == run.id }
    let ends = events.filter(\.body.isTerminal)
    #expect(ends.count == (run.state.isTerminal ? 1 : 0), "\(place)")
    if let end = ends.first { #expect(end.seq == events.last?.seq, "\(place)") }
    let starts = events.count { $0.body.kind.hasPrefix("started") }
    #expect(starts == run.attempt, "\(place)")
    if run.attempt > 0 { #expect(events.first?.body.kind.hasPrefix("started") == true, "\(place)") }
    let answer = run.answerSeq.flatMap { seq in snapshot.messages.first { $0.seq == seq } }
    #expect((run.answerSeq == nil) == (answer == nil), "\(place)")
    if let answer { #expect(answer.run == run.id && answer.role == .assistant, "\(place)") }
    if run.state == .completed { #expect(answer != nil, "\(place)") }
    let (before, wasAborted) = state.withLock { state in
      defer { state.seen[run.id] = Seen(state: run.state, attempt: run.attempt) }
      return (state.seen[run.id], state.aborted.contains(run.id))
    }
    if wasAborted { #expect(run.state == .aborted || !run.state.isTerminal, "\(place)") }
    guard let before else { return }
    #expect(before.attempt <= run.attempt, "\(place)")
    let legal: Bool =
      switch (before.state, run.state) {
      case (.queued, _), (.running, .running), (.running, .waiting), (.waiting, .waiting), (.waiting, .running): true
      case (.running, let next), (.waiting, let next): next.isTerminal
      case (let last, let next): last == next && before.attempt == run.attempt
      }
    #expect(legal, "\(place), and was \(before.state)")
  }

  /// The invariants at the end.
  func checkEnd(_ harness: Harness) async throws {
    let aborted = state.withLock { $0.aborted }
    for snapshot in try await snapshots(harness) {
      #expect(snapshot.queued == 0 && snapshot.counters.pending == 0 && snapshot.unread == 0)
      for run in snapshot.runs where aborted.contains(run.id) { #expect(run.state == .aborted) }
      // Each stored tool call has exactly one result.
      let calls = snapshot.messages.flatMap { message -> [String] in
        if case .assistant(let message) = message.body { message.calls.map(\.id) } else { [] }
      }
      let results = snapshot.messages.compactMap { message -> String? in
        if case .tool(let id, _) = message.body { id } else { nil }
      }
      #expect(calls.sorted() == results.sorted())
    }
  }
}
