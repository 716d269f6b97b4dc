import ClawCore
import ClawJSON
import ClawProtocol
import HummingbirdCore
import NIOCore
import Synchronization

/// Streams a run as server-sent events. See <https://html.spec.whatwg.org/multipage/server-sent-events.html>.
struct ChatCompletionStream: Sendable {
  let answer: ChatCompletionAnswer
  let events: RunEventReader

  private struct Item: Sendable {
    let bytes: ByteBuffer
    /// Ends the stream.
    var isLast = false
  }

  /// - Throws: if the client has disconnected.
  func write(to writer: inout any ResponseBodyWriter) async throws {
    let handoff = Handoff<Item>()
    let lastWrite = LastWrite()
    let left = answer.form.abortsOnDisconnect ? answer.clientLeft() : nil
    var failure: (any Error)?
    var isComplete = false
    await withDiscardingTaskGroup { group in
      group.addTask {
        await produce(into: handoff)
        handoff.finish()
      }
      group.addTask { await keepAlive(handoff, since: lastWrite) }
      group.addTask { await endWithGateway(handoff) }
      group.addTask { await endWithCredential(handoff) }
      if let left {
        group.addTask {
          await left.wait()
          handoff.finish()
        }
      }
      while !isComplete, let item = await handoff.next() {
        do {
          try await writer.write(item.bytes)
        } catch {
          failure = error
          break
        }
        lastWrite.note()
        isComplete = item.isLast
      }
      handoff.finish()
      group.cancelAll()
    }
    if isComplete { return }
    if answer.form.abortsOnDisconnect, !Task.isCancelled { await answer.abort() }
    throw failure ?? HTTPConnectionEnd()
  }

  /// Sends a comment after each idle period, so that no intermediary times out. A comment is terminated by a single
  /// line end; openai-go before 3.43 takes an empty line after one for the end of the stream.
  private func keepAlive(_ handoff: Handoff<Item>, since lastWrite: LastWrite) async {
    while !Task.isCancelled {
      let due = lastWrite.time + answer.timing.sseKeepAlive
      if due > .now {
        try? await Task.sleep(until: due, clock: .continuous)
      } else if await !handoff.send(Item(bytes: ByteBuffer(string: ": ping\n"))) {
        return
      }
    }
  }

  // MARK: - Producing

  /// Produces the items of the answer, or an error as the last one.
  private func produce(into handoff: Handoff<Item>) async {
    do {
      try await produceAnswer(into: handoff)
    } catch {
      guard !Task.isCancelled else { return }
      await report(error, to: handoff)
    }
  }

  private func report(_ error: any Error, to handoff: Handoff<Item>) async {
    let detail = OpenAIErrorBody.Detail(HTTPFailure(wrapping: error))
    guard let bytes = try? Self.event(OpenAIErrorBody(detail)) else { return }
    _ = await handoff.send(Item(bytes: bytes, isLast: true))
  }

  /// A stream is never cut off silently: if the gateway stops before the run has ended, it sends an error.
  private func endWithGateway(_ handoff: Handoff<Item>) async {
    await answer.gatewayLeaves()
    if !Task.isCancelled { await report(ChatCompletionAnswer.leaving, to: handoff) }
  }

  private func endWithCredential(_ handoff: Handoff<Item>) async {
    guard let revoked = answer.revoked else { return }
    await revoked.wait()
    if !Task.isCancelled { await report(ChatCompletionAnswer.forbidden, to: handoff) }
  }

  private func produceAnswer(into handoff: Handoff<Item>) async throws {
    guard await handoff.send(try chunk(.init(delta: .init(role: "assistant", content: "")))),
      let unsent = try await sendText(into: handoff)
    else { return }
    let outcome = try await answer.outcome()
    try ChatCompletionAnswer.check(outcome)
    var text = unsent.text
    // A run that was not streamed produces its text at once.
    let rest = unsent.held + (text.roundHasText ? "" : text.piece(outcome.content))
    if !rest.isEmpty {
      guard await handoff.send(try chunk(.init(delta: .init(content: rest)))) else { return }
    }
    _ = await handoff.send(Item(bytes: try ending(outcome), isLast: true))
  }

  /// Sends the text of the run up to its end.
  /// - Returns: the text so far, and the part that is held back; nil if the client has disconnected.
  /// - Throws: if text already sent is void because the run was restarted: it can't be retracted here.
  private func sendText(into handoff: Handoff<Item>) async throws -> (text: AnswerText, held: String)? {
    var text = AnswerText()
    var deltas = LastDeltaBuffer()
    while true {
      if try await !hasNext(holding: deltas.mayFlush) {
        let held = deltas.flush()
        if held.isEmpty { return (text, "") }
        guard await send(held, handoff) else { return nil }
        continue
      }
      guard let event = await events.take() else { return (text, deltas.flush()) }
      switch event.body {
      case .text(let piece):
        let delta = deltas.push(text.piece(piece))
        if !delta.isEmpty {
          guard await send(delta, handoff) else { return nil }
        }
      case .toolCall: text.endRound()
      case .started where text.hasText: throw Self.begunAnew
      case .completed, .failed: return (text, deltas.flush())
      default: break
      }
    }
  }

  private static let begunAnew = ClawError(
    .unavailable, "the answer was interrupted and has begun anew, so what was sent of it is void; the run goes on")

  /// How long a delta equal to the last one may be held back.
  private static let longestHold = Duration.milliseconds(500)

  /// Waits for an event, briefly if a delta is held back.
  /// - Returns: false if there is none in time, or none any more.
  private func hasNext(holding: Bool) async throws -> Bool {
    guard holding else { return try await events.fill() }
    return try await within(Self.longestHold) { try await events.fill() } ?? false
  }

  private func send(_ text: String, _ handoff: Handoff<Item>) async -> Bool {
    guard let item = try? chunk(.init(delta: .init(content: text))) else { return false }
    return await handoff.send(item)
  }

  private func chunk(_ choice: ChatCompletionChunk.Choice) throws -> Item {
    let chunk = ChatCompletionChunk(
      id: answer.id, created: answer.createdSeconds, model: answer.form.modelName, choices: [choice])
    return Item(bytes: try Self.event(chunk))
  }

  private func ending(_ outcome: RunOutcome) throws -> ByteBuffer {
    var bytes = try chunk(.init(delta: .init(), finish_reason: outcome.stopReason.finishReason)).bytes
    if answer.form.includesUsage {
      let usage = ChatCompletionChunk(
        id: answer.id, created: answer.createdSeconds, model: answer.form.modelName, choices: [],
        usage: Usage(outcome.usage))
      bytes.writeImmutableBuffer(try Self.event(usage))
    }
    bytes.writeString("data: [DONE]\n\n")
    return bytes
  }

  private static func event(_ value: some Encodable) throws -> ByteBuffer {
    var bytes = ByteBuffer(string: "data: ")
    bytes.writeBytes(try JSON.encode(value))
    bytes.writeString("\n\n")
    return bytes
  }
}

/// The time of the last write.
private final class LastWrite: Sendable {
  private let instant = Mutex(ContinuousClock.now)

  var time: ContinuousClock.Instant { instant.withLock { $0 } }

  func note() { instant.withLock { $0 = .now } }
}
