import ClawCore
import ClawProtocol
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The answer to one chat completion whose run is accepted.
struct ChatCompletionAnswer: Sendable {
  let accepted: AcceptedRun
  let plan: ChatCompletionPlan
  let services: ServerServices
  let created: Timestamp
  let keepAlive: Duration
  let channel: any Channel

  var id: String { "chatcmpl-\(accepted.run)" }
  var createdSeconds: Int64 { created.milliseconds / 1000 }

  // MARK: - Whole

  func whole() async throws -> Response {
    let outcome = try await outcomeOrAbort()
    try Self.check(outcome)
    let completion = ChatCompletion(
      id: id, created: createdSeconds, model: plan.modelName, content: outcome.content,
      finish_reason: outcome.stopReason.finishReason, usage: Usage(outcome.usage))
    return .json(completion, headers: [.runID: accepted.run.rawValue])
  }

  /// - Throws: why there is no answer.
  static func check(_ outcome: RunOutcome) throws(ClawError) {
    switch outcome.state {
    case .completed: return
    case .aborted: throw ClawError(.aborted, "the run was stopped")
    case .failed, .queued, .running:
      throw outcome.failure.map { ClawError($0) } ?? ClawError(.internalError, "the run failed")
    }
  }

  /// Waits for the end; a caller who asked for it and leaves takes the run along.
  private func outcomeOrAbort() async throws -> RunOutcome {
    guard plan.abortsOnDisconnect else { return try await services.chat.outcome(of: accepted.run, as: plan.principal) }
    let left = clientLeft()
    let outcome = try await withThrowingTaskGroup(of: RunOutcome?.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await services.chat.outcome(of: accepted.run, as: plan.principal) }
      group.addTask {
        await left.wait()
        return nil
      }
      return try await group.next() ?? nil
    }
    if let outcome { return outcome }
    try Task.checkCancellation()
    await abort()
    throw ClawError(.aborted, "the client left")
  }

  /// Sent when the connection is gone.
  func clientLeft() -> Signal {
    let signal = Signal()
    channel.closeFuture.whenComplete { _ in signal.send() }
    return signal
  }

  func abort() async {
    _ = try? await services.chat.abort(.run(accepted.run), as: plan.principal)
  }

  // MARK: - Streamed

  /// The head is held back until the run shows something, so that a failure before that is a plain error.
  func streamed() async throws -> Response {
    if let failure = try await earlyFailure() { throw ClawError(failure) }
    let headers: HTTPFields = [
      .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
      .runID: accepted.run.rawValue,
    ]
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        try await ChatCompletionStream(answer: self).write(to: &writer)
        try await writer.finish(nil)
      })
  }

  /// Why the run failed before it said anything; nil as soon as it does, or after the time that a client may be left
  /// without a sign.
  private func earlyFailure() async throws -> RunFailure? {
    let found = try await within(keepAlive) { () -> RunFailure? in
      for try await event in services.feed.events(of: accepted.address, after: accepted.headSeq)
      where event.run == accepted.run {
        switch event.body {
        case .failed(let failure): return failure
        case .text, .toolCall, .completed: return nil
        case .started, .thinking, .toolResult, .unknown: continue
        }
      }
      return nil
    }
    return found ?? nil
  }
}

extension StopReason {
  /// OpenAI's word for it.
  var finishReason: String {
    switch self {
    case .stop: "stop"
    case .length: "length"
    // The agent's own calls are answered inside; one that is the last thing seen ends the turn all the same.
    case .toolCalls: "stop"
    case .contentFilter: "content_filter"
    }
  }
}
