import ClawCore
import ClawJSON
import ClawProtocol
import HummingbirdCore
import NIOCore
import Synchronization

/// Writes a run as server-sent events.
/// See <https://html.spec.whatwg.org/multipage/server-sent-events.html>.
struct ChatCompletionStream: Sendable {
  let answer: ChatCompletionAnswer

  private struct Item: Sendable {
    let bytes: ByteBuffer
    /// Nothing comes after it.
    var isLast = false
  }

  /// - Throws: if the client is gone.
  func write(to writer: inout any ResponseBodyWriter) async throws {
    let handoff = Handoff<Item>()
    let lastWrite = LastWrite()
    if answer.plan.abortsOnDisconnect { answer.channel.closeFuture.whenComplete { _ in handoff.finish() } }
    var failure: (any Error)?
    var isComplete = false
    await withDiscardingTaskGroup { group in
      group.addTask {
        await produce(into: handoff)
        handoff.finish()
      }
      group.addTask { await keepAlive(handoff, since: lastWrite) }
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
    if answer.plan.abortsOnDisconnect, !Task.isCancelled { await answer.abort() }
    throw failure ?? HTTPConnectionEnd()
  }

  /// A comment after each silence of the agreed length, so that nobody on the way takes it for dead.
  private func keepAlive(_ handoff: Handoff<Item>, since lastWrite: LastWrite) async {
    while !Task.isCancelled {
      let due = lastWrite.time + answer.keepAlive
      if due > .now {
        try? await Task.sleep(until: due, clock: .continuous)
      } else if await !handoff.send(Item(bytes: ByteBuffer(string: ": ping\n\n"))) {
        return
      }
    }
  }

  // MARK: - Producing

  /// Offers all that belongs to the answer; a report of an error is the last of it too.
  private func produce(into handoff: Handoff<Item>) async {
    do {
      try await produceAnswer(into: handoff)
    } catch {
      guard !Task.isCancelled else { return }
      let detail = OpenAIErrorBody.Detail(HTTPFailure(wrapping: error))
      guard let bytes = try? Self.event(OpenAIErrorBody(detail)) else { return }
      _ = await handoff.send(Item(bytes: bytes, isLast: true))
    }
  }

  private func produceAnswer(into handoff: Handoff<Item>) async throws {
    guard await handoff.send(try chunk(.init(delta: .init(role: "assistant", content: "")))),
      let hasText = try await sendText(into: handoff)
    else { return }
    let outcome = try await answer.services.chat.outcome(of: answer.accepted.run, as: answer.plan.principal)
    try ChatCompletionAnswer.check(outcome)
    if !hasText, !outcome.content.isEmpty {
      guard await handoff.send(try chunk(.init(delta: .init(content: outcome.content)))) else { return }
    }
    _ = await handoff.send(Item(bytes: try ending(outcome), isLast: true))
  }

  /// Sends the text of the run up to its end. Text of a round that is void afterwards can't be taken back here: it
  /// is sent as it comes.
  /// - Returns: whether there was any; nil if nobody takes it any more.
  private func sendText(into handoff: Handoff<Item>) async throws -> Bool? {
    let (accepted, feed) = (answer.accepted, answer.services.feed)
    var hasText = false
    for try await event in feed.events(of: accepted.address, after: accepted.headSeq)
    where event.run == accepted.run {
      if case .text(let text) = event.body {
        hasText = true
        guard await handoff.send(try chunk(.init(delta: .init(content: text)))) else { return nil }
      }
      if event.body.isTerminal { break }
    }
    return hasText
  }

  private func chunk(_ choice: ChatCompletionChunk.Choice) throws -> Item {
    let chunk = ChatCompletionChunk(
      id: answer.id, created: answer.createdSeconds, model: answer.plan.modelName, choices: [choice])
    return Item(bytes: try Self.event(chunk))
  }

  private func ending(_ outcome: RunOutcome) throws -> ByteBuffer {
    var bytes = try chunk(.init(delta: .init(), finish_reason: outcome.stopReason.finishReason)).bytes
    if answer.plan.includesUsage {
      let usage = ChatCompletionChunk(
        id: answer.id, created: answer.createdSeconds, model: answer.plan.modelName, choices: [],
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

/// When something was last written.
private final class LastWrite: Sendable {
  private let instant = Mutex(ContinuousClock.now)

  var time: ContinuousClock.Instant { instant.withLock { $0 } }

  func note() { instant.withLock { $0 = .now } }
}
