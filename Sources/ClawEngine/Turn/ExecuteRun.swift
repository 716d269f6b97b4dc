import ClawCore
import ClawStore
import Logging

/// How a run comes to this node.
enum RunStart: Sendable {
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
  let beginning: RunStart
  let control: RunControl

  private var lease: Lease { beginning.lease }

  /// Returns whether more of the session may wait.
  func callAsFunction() async -> Bool {
    let progress = RunProgress()
    guard let (writer, agent, candidates, window) = await begin(progress) else { return true }
    await control.whileRunning { await drive(writer, agent, candidates, window, progress) }
    switch control.reason {
    case .abort: _ = await finish(writer, progress, by: .abort)
    case .forbidden:
      if await finish(writer, progress, by: .forbidden) == .abortWins {
        _ = await finish(writer, progress, by: .abort)
      }
    case .shutdown: await release()
    // Cut off from outside, before or after its end; what is over can't be released.
    case nil where Task.isCancelled: await release()
    case .leaseLost, nil: break
    }
    return progress.mayHaveMore
  }

  private typealias Begun = (writer: RunWriter, agent: Agent?, candidates: [ModelReference], window: WindowBounds?)

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

  /// The run was begun as often as a run may be.
  private struct AttemptsUsedUp: Error {}

  private func beginClaimed(_ progress: RunProgress) async -> Begun? {
    let database = engine.store.tenant(lease.tenant)
    let (engine, lease) = (engine, lease)
    do {
      let started = try await engine.persistently(of: lease.run) {
        try await database.write { transaction -> (RunRecord, Agent?, [ModelReference], Bool)? in
          // Ids and counts before all else: a run that can't be read, or that kills whoever reads it, must end too.
          guard let header = try transaction.runs.lockedHeader(of: lease.run), !header.isOver else {
            try transaction.queue.remove(lease)
            return nil
          }
          guard try transaction.queue.renew(lease, until: engine.time.now + engine.configuration.leaseDuration) else {
            return nil
          }
          let mayBeBegun = header.attempt < engine.configuration.maxAttempts || header.state == .waiting
          guard mayBeBegun || header.isAbortRequested else {
            throw AttemptsUsedUp()
          }
          guard var record = try transaction.runs.run(lease.run) else { return nil }
          // The attempt that it waited in goes on.
          if record.state == .waiting { record.attempt -= 1 }
          let agent = try transaction.agents.agent(record.agent)
          let candidates = engine.candidates(of: record, agent)
          guard !record.isAbortRequested else { return (record, agent, candidates, true) }
          let mayBegin = try StoreAccessService.agent(of: record, in: transaction, at: engine.time.now) != nil
          guard mayBegin else { return (record, agent, candidates, false) }
          if record.state == .waiting {
            _ = try transaction.runs.resume(record.id)
          } else {
            _ = try transaction.runs.start(record.id, at: engine.time.now)
          }
          try announce(record, model: candidates.first, in: transaction)
          return (record, agent, candidates, true)
        }
      }
      guard let (record, agent, candidates, mayBegin) = started else { return nil }
      engine.registry.began(lease, in: record.address)
      FaultPoint.started.reached()
      progress.began(
        at: record.startedAt.milliseconds == 0 ? engine.time.now : record.startedAt, usage: record.usage,
        iterations: record.iterations)
      if record.isAbortRequested { control.stop(.abort) }
      if !mayBegin { control.stop(.forbidden) }
      if record.attempt > 0 || record.state == .waiting {
        progress.storedReply(openCalls: await openCalls(of: record, in: database))
      }
      let writer = RunWriter(engine: engine, database: database, lease: lease, record: record)
      return (writer, agent, candidates, nil)
    } catch is CancellationError {
      await release()
    } catch is AttemptsUsedUp {
      await endUnbegun(.attemptsUsedUp(engine.configuration.maxAttempts), because: nil)
    } catch {
      await endUnbegun(.unreadable, because: error)
    }
    return nil
  }

  /// What an earlier attempt left open; it is closed also where this one ends before it has called a model. Read once
  /// the attempt is counted, so that a transcript which can't be read does not stop it from being counted.
  private func openCalls(of record: RunRecord, in database: TenantDatabase) async -> [ToolCall] {
    let maxRows = engine.configuration.historyMessages
    do {
      return try await engine.persistently(of: record.id) {
        try await database.read { try ContextWindow(of: record, in: $0, maxRows: maxRows).openCalls }
      }
    } catch {
      engine.logger.error(
        "run.window_unreadable", metadata: ["tenant": "\(lease.tenant)", "run": "\(lease.run)", "error": "\(error)"])
      return []
    }
  }

  /// Longest part of a row that is logged, in characters.
  private static let maxLoggedRow = 4000

  /// Ends a run that can't be begun, so that the messages behind it are answered. Reads ids and counts alone.
  private func endUnbegun(_ termination: RunTermination, because error: (any Error)?) async {
    let database = engine.store.tenant(lease.tenant)
    let (engine, lease) = (engine, lease)
    do {
      try await engine.persistently(of: lease.run) {
        let row = try await database.read { try $0.runs.stored(lease.run) } ?? ""
        let redactor = try await engine.redactors.redactor(for: lease.tenant)
        engine.logger.error(
          "run.begin_failed",
          metadata: [
            "tenant": "\(lease.tenant)", "run": "\(lease.run)",
            "error": "\(error.map { "\($0)" } ?? termination.failure.message)",
            "row": "\(redactor.redact(String(row.prefix(Self.maxLoggedRow))))",
          ])
        try await database.write { transaction in
          let header = try transaction.runs.lockedHeader(of: lease.run)
          guard try transaction.queue.takeOut(lease) else { throw LeaseLost() }
          guard let header, !header.isOver else { return }
          let now = engine.time.now
          let end = header.isAbortRequested ? RunTermination.abort : termination
          try end.end(header, isInTranscript: true, in: transaction, of: engine, at: now)
        }
      }
    } catch is CancellationError {
      await release()
    } catch is LeaseLost {
      control.stop(.leaseLost)
    } catch {
      engine.logger.error(
        "run.end_failed", metadata: ["tenant": "\(lease.tenant)", "run": "\(lease.run)", "error": "\(error)"])
    }
  }

  private func announce(_ record: RunRecord, model: ModelReference?, in transaction: TenantTransaction) throws {
    let now = engine.time.now
    let numbers = try transaction.sessions.advance(
      record.session, by: .init(events: 1, isInTranscript: false), at: now)
    let start = RunEvent.Body.started(
      model: model?.model ?? "", provider: model?.provider ?? "", source: record.source, attempt: record.attempt + 1)
    let event = RunEvent(
      address: record.address, seq: numbers.lastEvent, run: record.id, at: now,
      body: record.state == .waiting ? .resumed : start)
    try transaction.events.add([event], to: record.session)
    let hub = engine.hub
    transaction.afterCommit { hub.publish([event]) }
  }

  private func drive(
    _ writer: RunWriter, _ agent: Agent?, _ candidates: [ModelReference], _ window: WindowBounds?,
    _ progress: RunProgress
  ) async {
    guard control.reason == nil else { return }
    do {
      guard let agent else {
        throw ClawError(.notFound, "agent not found: \(writer.record.agent)")
      }
      try await RunTurn(
        engine: engine, writer: writer, agent: agent, candidates: candidates, progress: progress,
        control: control)(window)
    } catch is LeaseLost {
      control.stop(.leaseLost)
    } catch is AbortWins {
      control.stop(.abort)
    } catch is SenderForbidden {
      control.stop(.forbidden)
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
      let termination = RunTermination(state: .failed, failure: RunFailure(failure))
      if await finish(writer, progress, by: termination) == .abortWins { control.stop(.abort) }
    }
  }

  private enum Finish {
    case written
    /// Somebody has asked for the run to be aborted meanwhile, so it may end by that alone.
    case abortWins
    /// Nothing can be written any more.
    case lost
  }

  /// Ends a run without an answer of its own: keeps what was shown of one, and closes the calls that are open.
  private func finish(
    _ writer: RunWriter, _ progress: RunProgress, by termination: RunTermination
  ) async -> Finish {
    let record = writer.record
    let openCalls = progress.openCalls
    let joiner = progress.joiner
    let pieces = joiner?.take() ?? []
    let partial = joiner?.shown ?? ""
    let failure = termination.failure
    var step = RunStep(pieces, of: record, then: [.failed(failure)], isInTranscript: true)
    step.messages = openCalls.map { .tool(callID: $0.id, .aborted) }
    step.interruptsCalls = !openCalls.isEmpty
    step.spent = progress.unspentTokens(partial: partial)
    // What a person has read is in the transcript too, however the run ends.
    if !partial.isEmpty { step.messages.append(.assistant(AssistantMessage(text: partial))) }
    let outcome = RunOutcome(
      run: record.id, session: record.address.key, state: termination.state, content: partial, usage: progress.usage,
      iterations: progress.iterations, model: progress.model, failure: failure)
    let engine = engine
    do {
      try await writer.end(
        step, as: RunEnd(outcome, hasAnswer: !partial.isEmpty),
        ended: {
          engine.ended(outcome, in: record.address)
          progress.ended(hasMore: $0)
        })
      FaultPoint.ended.reached()
      return .written
    } catch is LeaseLost {
      control.stop(.leaseLost)
    } catch is AbortWins {
      joiner?.putBack(pieces)
      return .abortWins
    } catch {
      joiner?.putBack(pieces)
      engine.logger.error(
        "run.end_failed", metadata: ["tenant": "\(lease.tenant)", "run": "\(lease.run)", "error": "\(error)"])
    }
    return .lost
  }

  /// Gives the run back, so that the next start takes it up at once.
  private func release() async {
    let lease = lease
    try? await engine.store.node.write { try $0.queue.release(lease) }
  }
}

extension EngineParts {
  /// The models that a run may use, in order: those it was accepted with. Names are not looked up again, so that a
  /// message never goes to another model than the one it was meant for.
  func candidates(of record: RunRecord, _ agent: Agent?) -> [ModelReference] {
    if !record.options.candidates.isEmpty { return record.options.candidates }
    // A row of a version that kept the name.
    guard let name = record.options.model else { return candidates(of: agent) }
    return [ModelReference(name) ?? ModelReference(provider: name, model: "")]
  }

  /// See ``ModelCatalog/candidates(of:)``.
  func candidates(of agent: Agent?) -> [ModelReference] { models.candidates(of: agent) }
}
