import ClawCore
import ClawJSON
import ClawStore
import Logging

/// A run from its claim to its end: call the model, run its tools, and repeat until it answers. Every step is durable
/// before the next, so that a restart continues from the transcript.
struct RunTurn: Sendable {
  let engine: EngineParts
  let writer: RunWriter
  let agent: Agent
  let candidates: [ModelReference]
  let progress: RunProgress
  let control: RunControl

  private var record: RunRecord { writer.record }

  /// Runs the turn; returns when its end is stored, or once it is parked.
  /// - Parameter bounds: The window's bounds, if known.
  /// - Throws: The error that stopped it; the caller decides how the run ends.
  func callAsFunction(_ bounds: WindowBounds?) async throws {
    let loader = LoadWindow(engine: engine, writer: writer, progress: progress)
    // If the run did not start when it was accepted, messages may have arrived before this node claimed it.
    var mayHaveMessages = bounds == nil
    var (window, bounds) = try await loader(bounds)
    progress.storedReply(openCalls: window.openCalls)
    // Once for the whole turn: its rounds share one prompt, whatever changes meanwhile.
    let tools = await engine.toolSet(of: agent, for: record.agentPrincipal)
    guard try await closeCalls(of: &window, &bounds, with: tools, loader) else { return }
    var isFirst = true
    var restarts = 0
    while true {
      try Task.checkCancellation()
      // The first round was checked when the run started.
      if !isFirst { try await checkSender() }
      isFirst = false
      if try await readInbox(mayHaveMessages) { (window, bounds) = try await loader(bounds) }
      // Other nodes do not announce messages that they have accepted.
      mayHaveMessages = !engine.store.isExclusive
      let joiner = DeltaCoalescer(restarts: restarts)
      progress.beginsRound(joiner)
      let reply = try await ask(window, tools: tools, joiner: joiner)
      restarts = joiner.restarts
      progress.replied(reply)
      guard !reply.calls.isEmpty else {
        let content = answer(of: reply, joiner)
        do {
          return try await complete(with: reply, content: content, joiner: joiner)
        } catch is EndRefused {
          try await readInsteadOfEnding(with: reply, content: content, joiner: joiner)
          (window, bounds) = try await loader(bounds)
          continue
        }
      }
      try await store(reply, tools: tools, joiner: joiner)
      guard progress.iterations < engine.configuration.maxIterations else { throw iterationLimit }
      try await checkSender()
      try await runner(tools)(reply.calls.map { RunTools.Due(call: $0) })
      (window, bounds) = try await loader(bounds)
      guard try await closeCalls(of: &window, &bounds, with: tools, loader) else { return }
    }
  }

  /// Reads messages that arrived since the last check, if there may be any.
  private func readInbox(_ mayHaveMessages: Bool) async throws -> Bool {
    let isTold = control.takeMessage()
    guard isTold || mayHaveMessages else { return false }
    if !isTold, try await !writer.hasUnread() { return false }
    guard let last = try await writer.readInbox() else { return false }
    progress.stored(upTo: last)
    FaultPoint.inboxRead.reached()
    return true
  }

  /// A message arrived before the end was stored: the answer becomes an ordinary round, and the message follows it.
  private func readInsteadOfEnding(with reply: ModelReply, content: String, joiner: DeltaCoalescer) async throws {
    let (record, usage, pieces) = (record, reply.usage ?? TokenUsage(), joiner.take())
    var step = RunStep(
      pieces, of: record, messages: [message(for: reply, text: content)], usage: usage,
      model: reply.model.model)
    step.roundUsage = usage
    do {
      guard let last = try await writer.readInbox(after: step) else { throw AbortWins() }
      progress.stored(upTo: last)
    } catch {
      joiner.putBack(pieces)
      throw error
    }
    progress.storedReply(openCalls: [])
    FaultPoint.inboxRead.reached()
  }

  /// - Throws: ``SenderForbidden``.
  private func checkSender() async throws {
    let agent = try await engine.persistently(of: record.id) { try await engine.access.agent(of: record) }
    guard agent != nil else { throw SenderForbidden() }
  }

  private var iterationLimit: ClawError {
    ClawError(
      .resourceExhausted,
      "the agent called tools \(engine.configuration.maxIterations) times without coming to an answer; ask for less at a time",
      retryAfter: .zero)
  }

  private func ask(
    _ window: ContextWindow, tools: ToolSet, joiner: DeltaCoalescer
  ) async throws -> ModelReply {
    // Read again for each call: a provider may have changed since the last.
    let models = try await engine.models(of: record.address.tenant)
    let call = CallModel(models: models, writer: writer, textJoin: engine.configuration.textJoin)
    let contextTokens = candidates.map { models.contextWindow(of: $0) }.min() ?? 32_000
    var request = ModelRequest(
      system: SystemPrompt.text(for: agent, lane: record.lane, instructions: tools.instructions),
      systemSuffix: record.options.instructions, exchanges: window.exchanges(within: contextTokens * 3 / 4),
      tools: tools.specs, sampling: record.options.sampling, thinking: record.options.thinking,
      conversation: record.session.rawValue, media: engine.media.source(of: record.address.tenant))
    try await reserve(for: request)
    while true {
      do {
        return try await call(request, candidates: candidates, options: record.options, joiner: joiner)
      } catch let error as ClawError
        where error.details?[.reason]?.stringValue == "context_length_exceeded" && request.exchanges.count > 1
      {
        // The estimate was too low: drop the older half of the window and keep the current exchange.
        request.exchanges = Array(request.exchanges.suffix((request.exchanges.count + 1) / 2))
      }
    }
  }

  /// Expected output tokens, for the reservation of a call without a limit.
  private static let expectedAnswer = 1000

  /// Reserves the tokens of a call. The estimate is made only if budgets apply.
  private func reserve(for request: ModelRequest) async throws {
    try await writer.reserve {
      let asked = TokenEstimate.tokens(in: request)
      progress.asks(tokens: asked)
      return asked + (request.sampling.maxOutputTokens ?? Self.expectedAnswer)
    }
  }

  /// Stores an answer that calls tools, together with its calls.
  private func store(_ reply: ModelReply, tools: ToolSet, joiner: DeltaCoalescer) async throws {
    _ = joiner.finish(isLast: false)
    let record = record
    let calls = try await masked(reply.calls)
    let round = RoundCalls(of: record, round: progress.iterations)
    let asked = zip(reply.calls, calls).map { call, shown in
      round.kept(call, shown: shown, effect: tools.effect(of: call), with: engine.secrets)
    }
    let usage = reply.usage ?? TokenUsage()
    let pieces = joiner.take()
    var step = RunStep(
      pieces, of: record, messages: [message(for: reply, calls: calls)], then: calls.map { .toolCall($0) },
      usage: usage, model: reply.model.model)
    (step.roundUsage, step.round, step.calls) = (usage, round.round, [.asked(asked)])
    do {
      let message = try await writer.write(step)
      progress.stored(upTo: message)
    } catch {
      joiner.putBack(pieces)
      throw error
    }
    progress.storedReply(openCalls: reply.calls)
    FaultPoint.replyStored.reached()
  }

  private func message(
    for reply: ModelReply, text: String? = nil, calls: [ToolCall] = []
  ) -> TranscriptMessage.Body {
    .assistant(
      AssistantMessage(
        text: text ?? reply.text, calls: calls, providerParts: reply.providerParts, usage: reply.usage,
        model: reply.model))
  }

  /// Redacts secrets that a model may have put into its calls, for storage and display. The tools get the original
  /// calls.
  private func masked(_ calls: [ToolCall]) async throws -> [ToolCall] {
    let redactor = try await engine.redactor(for: record.address.tenant)
    return calls.map { ToolCall(id: $0.id, name: $0.name, arguments: redactor.redact($0.arguments)) }
  }

  /// Runs the calls of the current round.
  private func runner(_ tools: ToolSet) -> RunTools {
    let workspace = engine.configuration.workspaces.workspace(
      of: agent, for: record.address.user, in: record.address.tenant)
    return RunTools(
      tools: tools, writer: writer, progress: progress, workspace: workspace,
      round: RoundCalls(of: record, round: progress.iterations),
      redactor: { [engine, tenant = record.address.tenant] in try await engine.redactor(for: tenant) },
      timeout: engine.configuration.toolTimeout,
      stopTimeout: engine.configuration.toolStopTimeout, work: engine.work, time: engine.time)
  }

  /// Completes each call of the round; the window then includes the results.
  /// - Returns: False if the run waits for some of them: it is parked then, and this turn is over.
  private func closeCalls(
    of window: inout ContextWindow, _ bounds: inout WindowBounds?, with tools: ToolSet, _ loader: LoadWindow
  ) async throws -> Bool {
    while !window.openCalls.isEmpty {
      try await finishOpenCalls(of: window, with: runner(tools))
      (window, bounds) = try await loader(bounds)
      guard !window.openCalls.isEmpty else { break }
      switch try await ParkRun(engine: engine, writer: writer)() {
      case .parked: return false
      case .hasWork: break
      // It may have been found before this process was notified.
      case .hasMessage: control.noteMessage()
      }
    }
    return true
  }

  /// Runs calls whose tools were not started, repeats those that may run twice, with the model's arguments, and applies
  /// decisions. The others are closed as interrupted.
  private func finishOpenCalls(of window: ContextWindow, with runner: RunTools) async throws {
    let (record, now) = (record, engine.time.now)
    let kept = try await engine.persistently {
      try await writer.database.read { try $0.toolCalls.open(of: record.id, in: record.session) }
    }
    let known = UTF8Dictionary(kept.map { ($0.id, $0) }) { $1 }
    var closed: [RunTools.Finished] = []
    var (due, unannounced): ([RunTools.Due], [ToolCall]) = ([], [])
    for call in window.openCalls {
      switch OpenCall(known[call.id], of: runner.round, secrets: engine.secrets, now: now) {
      case .run(let call, true): due.append(call)
      case .run(let again, false):
        due.append(again)
        unannounced.append(call)
      case .close(let result, let state): closed.append(RunTools.Finished(call, result, state))
      case .wait: break
      }
    }
    try await runner.store(closed)
    if !unannounced.isEmpty { try await writer.write(RunStep(events: unannounced.map { .toolCall($0) })) }
    if !due.isEmpty { try await runner(due) }
  }

  /// The visible text of an answer that calls no tools.
  private func answer(of reply: ModelReply, _ joiner: DeltaCoalescer) -> String {
    let isSilent = joiner.finish(isLast: true) || (!record.options.stream && SystemPrompt.isSilence(reply.text))
    return isSilent ? "" : reply.text
  }

  /// Stores the answer, the end of the run and its last event in one transaction.
  /// - Throws: ``EndRefused`` if the run has to read new messages first, or if an abort was requested.
  private func complete(with reply: ModelReply, content: String, joiner: DeltaCoalescer) async throws {
    let pieces = joiner.take()
    let outcome = RunOutcome(
      run: record.id, session: record.address.key, state: .completed, content: content, usage: progress.usage,
      iterations: progress.iterations, stopReason: reply.stopReason, model: reply.model.model)
    let duration = engine.time.now - (progress.startedAt ?? engine.time.now)
    FaultPoint.beforeEnd.reached()
    let (engine, record) = (engine, record)
    do {
      try await writer.end(
        RunStep(
          pieces, of: record, messages: [message(for: reply, text: content)],
          then: [
            .completed(
              content: content, usage: outcome.usage, iterations: outcome.iterations,
              durationMs: max(0, duration.milliseconds))
          ],
          usage: reply.usage ?? TokenUsage(), model: reply.model.model),
        as: RunEnd(outcome, hasAnswer: true),
        // At the limit there is no further round that could read it.
        evenIfUnread: progress.iterations >= engine.configuration.maxIterations,
        ended: { [progress] in
          engine.ended(outcome, in: record.address)
          progress.ended(hasMore: $0)
        })
    } catch {
      joiner.putBack(pieces)
      throw error
    }
    FaultPoint.ended.reached()
  }
}

/// The sender of the message has lost the right to it.
struct SenderForbidden: Error {}

extension RunEnd {
  init(_ outcome: RunOutcome, hasAnswer: Bool) {
    self.init(
      state: outcome.state, hasAnswer: hasAnswer, iterations: outcome.iterations, usage: outcome.usage,
      stopReason: outcome.stopReason, model: outcome.model, failure: outcome.failure)
  }
}
