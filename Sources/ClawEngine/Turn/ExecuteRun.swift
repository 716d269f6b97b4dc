import ClawCore
import ClawStore
import Logging

/// How a run comes to this node.
enum RunBeginning: Sendable {
  /// It waited in the store, or a node that had it is gone.
  case claimed(Lease)
  /// It began as it was accepted.
  case accepted(StartedRun)

  var lease: Lease {
    switch self {
    case .claimed(let lease): lease
    case .accepted(let run): run.lease
    }
  }
}

/// Takes a claimed run to its end, whatever that is: an answer, a failure, an abort, or being left for another start.
struct ExecuteRun: Sendable {
  let engine: EngineParts
  let beginning: RunBeginning
  let control: RunControl

  private var lease: Lease { beginning.lease }

  /// Returns whether more of the session may wait.
  func callAsFunction() async -> Bool {
    let progress = RunProgress()
    guard let (writer, agent, candidates, window) = await begin(progress) else { return true }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await drive(writer, agent, candidates, window, progress) }
      group.addTask { await control.stopped() }
      // Either of the two ending means that the run is over here.
      await group.next()
      group.cancelAll()
    }
    switch control.reason {
    case .abort: await finish(writer, progress, as: .aborted, because: Self.abortion)
    case .shutdown: await release()
    // Cut off from outside, before or after its end; what is over can't be released.
    case nil where Task.isCancelled: await release()
    case .leaseLost, nil: break
    }
    return progress.mayHaveMore
  }

  static let abortion = RunFailure(code: ClawError.Code.aborted.rawValue, message: "the run was stopped on request")

  private typealias Begun = (writer: RunWriter, agent: Agent?, candidates: [ModelReference], window: WindowPlace?)

  /// Marks the run as running and says so, unless that is done already; nil if there is nothing to do.
  private func begin(_ progress: RunProgress) async -> Begun? {
    guard case .accepted(let run) = beginning else { return await beginClaimed(progress) }
    FaultPoint.started.reached()
    progress.began(at: run.startedAt, usage: TokenUsage(), iterations: 0)
    let writer = RunWriter(
      engine: engine, database: engine.store.tenant(lease.tenant), lease: lease, record: run.record,
      acceptedAt: run.startedAt)
    return (writer, run.agent, run.candidates, run.window)
  }

  private func beginClaimed(_ progress: RunProgress) async -> Begun? {
    let database = engine.store.tenant(lease.tenant)
    let (engine, lease) = (engine, lease)
    do {
      let started = try await engine.persistently {
        try await database.write { transaction -> (RunRecord, Agent?, [ModelReference])? in
          guard let record = try transaction.runs.run(lease.run), !record.state.isTerminal else {
            try transaction.queue.remove(lease)
            return nil
          }
          guard try transaction.queue.renew(lease, until: engine.time.now + engine.configuration.leaseDuration) else {
            return nil
          }
          let agent = try transaction.agents.agent(record.agent)
          let candidates = engine.candidates(for: agent, options: record.options)
          if record.attempt > 0 {
            // What an earlier attempt left open is closed, also where this one ends before it has begun.
            let window = try ContextWindow(
              of: record, in: transaction, maxRows: engine.configuration.historyMessages)
            progress.storedReply(openCalls: window.openCalls)
          }
          guard !record.isAbortRequested else { return (record, agent, candidates) }
          _ = try transaction.runs.start(record.id, at: engine.time.now)
          try announce(record, model: candidates.first, in: transaction)
          return (record, agent, candidates)
        }
      }
      guard let (record, agent, candidates) = started else { return nil }
      engine.registry.began(lease, in: record.address)
      FaultPoint.started.reached()
      progress.began(
        at: record.startedAt.milliseconds == 0 ? engine.time.now : record.startedAt, usage: record.usage,
        iterations: record.iterations)
      if record.isAbortRequested { control.stop(.abort) }
      let writer = RunWriter(engine: engine, database: database, lease: lease, record: record)
      return (writer, agent, candidates, nil)
    } catch {
      engine.logger.error(
        "run.begin_failed", metadata: ["tenant": "\(lease.tenant)", "run": "\(lease.run)", "error": "\(error)"])
      return nil
    }
  }

  private func announce(_ record: RunRecord, model: ModelReference?, in transaction: TenantTransaction) throws {
    let now = engine.time.now
    let numbers = try transaction.sessions.advance(
      record.session, by: .init(events: 1, isInTranscript: false), at: now)
    let event = RunEvent(
      address: record.address, seq: numbers.lastEvent, run: record.id, at: now,
      body: .started(
        model: model?.model ?? "", provider: model?.provider ?? "", source: record.source, attempt: record.attempt + 1))
    try transaction.events.add([event], to: record.session)
    let hub = engine.hub
    transaction.afterCommit { hub.publish([event]) }
  }

  private func drive(
    _ writer: RunWriter, _ agent: Agent?, _ candidates: [ModelReference], _ window: WindowPlace?,
    _ progress: RunProgress
  ) async {
    guard control.reason == nil else { return }
    do {
      guard let agent else {
        throw ClawError(.notFound, "agent not found: \(writer.record.agent)")
      }
      try await RunTurn(
        engine: engine, writer: writer, agent: agent, candidates: candidates, progress: progress)(window)
    } catch is LeaseLost {
      control.stop(.leaseLost)
    } catch is AbortWins {
      control.stop(.abort)
    } catch {
      guard control.reason == nil, !Task.isCancelled else { return }
      let failure = ClawError(wrapping: error)
      engine.logger.warning(
        "run.failed",
        metadata: [
          "tenant": "\(lease.tenant)", "run": "\(lease.run)", "code": "\(failure.code.rawValue)",
          "kind": "\(failure.kind.rawValue)",
        ])
      // A provider's own words may repeat what a person wrote.
      engine.logger.debug(
        "run.failed_because", metadata: ["tenant": "\(lease.tenant)", "run": "\(lease.run)", "cause": "\(failure)"])
      await finish(writer, progress, as: .failed, because: RunFailure(failure))
    }
  }

  /// Ends a run without an answer of its own: keeps what was shown of one, and closes the calls that are open.
  private func finish(
    _ writer: RunWriter, _ progress: RunProgress, as state: RunState, because failure: RunFailure
  ) async {
    let record = writer.record
    let openCalls = progress.openCalls
    let joiner = progress.joiner
    let pieces = joiner?.take() ?? []
    let partial = joiner?.shown ?? ""
    let keepsPartial = state == .aborted && !partial.isEmpty
    var step = RunStep(events: pieces.map(\.event) + [.failed(failure)], isInTranscript: true)
    step.messages = openCalls.map { .tool(callID: $0.id, .aborted) }
    if keepsPartial { step.messages.append(.assistant(AssistantMessage(text: partial))) }
    let outcome = RunOutcome(
      run: record.id, session: record.address.key, state: state, content: keepsPartial ? partial : "",
      usage: progress.usage, iterations: progress.iterations, model: progress.model, failure: failure)
    let engine = engine
    do {
      try await writer.end(
        step, as: RunEnd(outcome, hasAnswer: keepsPartial), notedCalls: progress.hasCalled,
        ended: {
          engine.ended(outcome, in: record.address)
          progress.ended(hasMore: $0)
        })
      FaultPoint.ended.reached()
    } catch is LeaseLost {
      control.stop(.leaseLost)
    } catch is AbortWins {
      joiner?.putBack(pieces)
      control.stop(.abort)
    } catch {
      joiner?.putBack(pieces)
      engine.logger.error(
        "run.end_failed", metadata: ["tenant": "\(lease.tenant)", "run": "\(lease.run)", "error": "\(error)"])
    }
  }

  /// Gives the run back, so that the next start takes it up at once.
  private func release() async {
    let lease = lease
    try? await engine.store.node.write { try $0.queue.release(lease) }
  }
}

extension EngineParts {
  /// The models that a run may use, in order.
  func candidates(for agent: Agent?, options: RunOptions) -> [ModelReference] {
    if let model = options.model.flatMap({ models.resolve($0) }) { return [model] }
    let own = (agent?.models ?? []).compactMap { models.resolve($0) }
    return own.isEmpty ? [models.standard] : own
  }
}
