import ClawCore
import ClawProtocol
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The answer to a chat completion whose run was accepted.
struct ChatCompletionAnswer: Sendable {
  let accepted: AcceptedRun
  let form: ChatCompletionForm
  let gateway: GatewayContext
  let created: Timestamp
  let channel: any Channel
  /// Fires when the caller's credential is revoked. One task may wait for it.
  let revoked: Signal?

  var id: String { "chatcmpl-\(accepted.run)" }
  var createdSeconds: Int64 { created.milliseconds / 1000 }
  var services: ServerServices { gateway.services }
  var timing: ServerTiming { gateway.configuration.timing }

  // MARK: - Complete

  func whole() async throws -> Response {
    let outcome = try await outcomeOrEnd()
    try Self.check(outcome)
    let completion = ChatCompletion(
      id: id, created: createdSeconds, model: form.modelName, content: try await text(of: outcome),
      finish_reason: outcome.stopReason.finishReason, usage: Usage(outcome.usage))
    return .json(completion, headers: [.runID: accepted.run.rawValue])
  }

  /// - Throws: why there is no answer.
  static func check(_ outcome: RunOutcome) throws(ClawError) {
    switch outcome.state {
    case .completed: return
    case .aborted: throw ClawError(.aborted, "the run was stopped")
    case .failed, .queued, .running, .waiting:
      throw outcome.failure.map { ClawError($0) } ?? ClawError(.internalError, "the run failed")
    }
  }

  /// The run continues without this process.
  static let leaving = ClawError(
    .unavailable, "the gateway is shutting down; the run continues after the restart", retryAfter: .seconds(5))

  /// The rest of an answer must not be sent after its credential was revoked.
  static let forbidden = ClawError(.forbidden, "the credential that asked for this answer is no longer valid")

  /// The outcome of the run. One that was deleted with its session counts as aborted.
  func outcome() async throws -> RunOutcome {
    do {
      return try await services.chat.outcome(of: accepted.run, as: form.principal)
    } catch let error as ClawError where error.code == .notFound {
      throw ClawError(.aborted, "the run was stopped: its session was removed")
    }
  }

  /// Waits for the end of the run, for the client's disconnect if that aborts the run, or for the gateway's shutdown.
  private func outcomeOrEnd() async throws -> RunOutcome {
    let left = form.abortsOnDisconnect ? clientLeft() : nil
    let end = try await withThrowingTaskGroup(of: RunOutcome?.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await outcome() }
      group.addTask {
        await gatewayLeaves()
        try Task.checkCancellation()
        throw Self.leaving
      }
      if let revoked {
        group.addTask {
          await revoked.wait()
          try Task.checkCancellation()
          throw Self.forbidden
        }
      }
      if let left {
        group.addTask {
          await left.wait()
          return nil
        }
      }
      return try await group.next() ?? nil
    }
    if let end { return end }
    try Task.checkCancellation()
    await abort()
    throw ClawError(.aborted, "the client left")
  }

  /// Returns when the gateway has drained and the last events of its runs have had time to be sent.
  func gatewayLeaves() async {
    await gateway.drained.wait()
    try? await Task.sleep(for: timing.closeTimeout / 2)
  }

  /// The texts of all rounds. Those of earlier rounds are read from the transcript.
  private func text(of outcome: RunOutcome) async throws -> String {
    guard outcome.iterations > 1 else { return outcome.content }
    var rounds: [String] = []
    var before: Int64?
    // A run has at most `runs.max_iterations` rounds; this also bounds what is read if other messages are interleaved.
    for _ in 0..<Self.maxPages {
      let page = try await services.chat.history(
        of: accepted.address.key, user: accepted.address.user, limit: 500, before: before, as: form.principal)
      var isWhole = page.nextBefore == nil
      for message in page.messages.reversed() where message.run == accepted.run {
        switch message.body {
        case .assistant(let said): rounds.append(said.text)
        case .user: isWhole = true
        default: break
        }
      }
      before = page.nextBefore
      if isWhole { break }
    }
    let earlier = rounds.dropFirst().reversed()
    return AnswerText.joined(earlier + [outcome.content])
  }

  private static let maxPages = 20

  /// Fires when the client has half-closed the connection, or the connection is lost: a client that disconnected is
  /// indistinguishable from one that only stopped sending, and a client that requested an abort on disconnect gets it
  /// in both cases.
  func clientLeft() -> Signal {
    let signal = Signal()
    let channel = channel
    channel.eventLoop.flatSubmit {
      do {
        let rules = try channel.pipeline.syncOperations.handler(type: HTTP1RulesHandler.self)
        return rules.whenInputEnds(on: channel.eventLoop)
      } catch {
        return channel.closeFuture
      }
    }.whenComplete { _ in signal.send() }
    return signal
  }

  func abort() async {
    _ = try? await services.chat.abort(.run(accepted.run), as: form.principal)
  }

  // MARK: - Streaming

  /// Holds back the head for a moment, so that a failure before the first text is an ordinary error response.
  func streamed() async throws -> Response {
    let reader = RunEventReader(accepted, from: services.feed)
    let failure = try await within(timing.streamHeadDelay) { try await reader.failureBeforeText() }
    if let failure = failure ?? nil { throw ClawError(failure) }
    let headers: HTTPFields = [
      .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
      .runID: accepted.run.rawValue,
    ]
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        try await ChatCompletionStream(answer: self, events: reader).write(to: &writer)
        try await writer.finish(nil)
      })
  }
}

extension StopReason {
  /// OpenAI's finish reason.
  var finishReason: String {
    switch self {
    case .stop: "stop"
    case .length: "length"
    // The agent's tool calls are handled internally; if the last round ended with one, the turn is over anyway.
    case .toolCalls: "stop"
    case .contentFilter: "content_filter"
    }
  }
}
