import ClawCore
import ClawStore
import Logging

/// How a run was started on this node.
enum RunStart: Sendable {
  /// Claimed from the queue: it was queued, or its node had stopped.
  case claimed(Lease)
  /// Started when it was accepted.
  case accepted(StartedRun)

  var lease: Lease {
    switch self {
    case .claimed(let lease): lease
    case .accepted(let run): run.lease
    }
  }
}

/// Runs a claimed run to its end: an answer, a failure, an abort, or a release for the next start.
struct ExecuteRun: Sendable {
  let engine: EngineParts
  let beginning: RunStart
  let control: RunControl

  private var lease: Lease { beginning.lease }

  /// Returns whether the session may have more queued runs.
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
    // Cancelled from outside, before or after its end; a run that has ended can't be released.
    case nil where Task.isCancelled: await release()
    case .leaseLost, nil: break
    }
    return progress.mayHaveMore
  }

  private typealias Begun = (writer: RunWriter, agent: Agent?, candidates: [ModelReference], window: WindowBounds?)

  /// Marks the run as running and publishes that, unless it is done already; nil if there is nothing to do.
  private func begin(_ progress: RunProgress) async -> Begun? {
    guard case .accepted(let run) = beginning else { return await beginClaimed(progress) }
    FaultPoint.started.reached()
    progress.began(at: run.startedAt, usage: TokenUsage(), iterations: 0)
    let writer = RunWriter(
      engine: engine, database: engine.store.tenant(lease.tenant), lease: lease, record: run.record,
      acceptedAt: run.startedAt)
    return (writer, run.agent, run.candidates, run.window)
  }

  /// The limit of attempts is reached.
  private struct AttemptsUsedUp: Error {}

  private func beginClaimed(_ progress: RunProgress) async -> Begun? {
    let database = engine.store.tenant(lease.tenant)
    let (engine, lease) = (engine, lease)
    do {
      let started = try await engine.persistently(of: lease.run) {
        try await database.write { transaction -> (RunRecord, Agent?, [ModelReference], Bool)? in
          // Ids and counters first: a run that can't be decoded, or that crashes the process, must end too.
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
          // The attempt that was parked continues.
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

  /// The open calls of an earlier attempt; they are closed even if this one ends before it has called a model. Read
  /// after the attempt is counted, so that an undecodable transcript does not prevent the counting.
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

  /// Limit of a logged row, in characters.
  private static let maxLoggedRow = 4000

  /// Ends a run that can't be started, so that the messages after it are answered. Reads only ids and counters.
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
      // A provider's error message may repeat user text.
      engine.logger.debug(
        "run.failed_because", metadata: ["tenant": "\(lease.tenant)", "run": "\(lease.run)", "cause": "\(failure)"])
      let termination = RunTermination(state: .failed, failure: RunFailure(failure))
      if await finish(writer, progress, by: termination) == .abortWins { control.stop(.abort) }
    }
  }

  private enum Finish {
    case written
    /// An abort was requested meanwhile, so the run may only end as aborted.
    case abortWins
    /// The lease is lost: nothing can be written any more.
    case lost
  }

  /// Ends a run without an answer: stores the partial text already delivered, and closes open calls.
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
    // Text that was delivered is in the transcript too, however the run ends.
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

  /// Releases the run, so that the next start claims it at once.
  private func release() async {
    let lease = lease
    try? await engine.store.node.write { try $0.queue.release(lease) }
  }
}

extension EngineParts {
  /// The models that a run may use, in order of preference: those it was accepted with. Names are not resolved again,
  /// so that a message never goes to another model than intended.
  func candidates(of record: RunRecord, _ agent: Agent?) -> [ModelReference] {
    if !record.options.candidates.isEmpty { return record.options.candidates }
    // A row of a version that stored the name.
    guard let name = record.options.model else { return candidates(of: agent) }
    return [ModelReference(name) ?? ModelReference(provider: name, model: "")]
  }

  /// See ``ModelCatalog/candidates(of:)``.
  func candidates(of agent: Agent?) -> [ModelReference] { models.candidates(of: agent) }
}
