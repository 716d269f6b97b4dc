import Logging
import UnixSignals

/// Handles SIGTERM and Ctrl-C: the first one stops gracefully, a second one ends the process at once, in every phase.
///
/// After the first one everything has a deadline, whatever the store does: runs have ``drain``, everything else
/// together has ``closing``.
struct GatewayStop: Sendable {
  /// How long to wait for runs.
  let drain: Duration
  /// How long closing sockets and the store may take after that.
  let closing: Duration
  let logger: Logger
  /// The number of runs to wait for.
  let running: @Sendable () -> Int

  /// Handles signals until cancelled. Never returns after a second signal or the deadline.
  /// - Parameter begin: Starts the graceful stop; must not wait for it.
  func watch(_ signals: UnixSignalsSequence, begin: @escaping @Sendable () async -> Void) async {
    await withDiscardingTaskGroup { tasks in
      var isStopping = false
      for await signal in signals {
        if isStopping {
          logger.notice("stopping at once", metadata: ["signal": "\(signal)"])
          ProcessEnd.now(.interrupted)
        }
        isStopping = true
        logger.notice("stopping", metadata: ["signal": "\(signal)"])
        if let text = Self.waiting(for: running(), atMost: drain) { logger.notice("\(text)") }
        tasks.addTask { await end(after: drain + closing) }
        await begin()
      }
      tasks.cancelAll()
    }
  }

  /// Ends the process after the limit, unless cancelled before.
  func end(after limit: Duration) async {
    guard (try? await Task.sleep(for: limit)) != nil else { return }
    logger.error(
      "stopped before everything was closed",
      metadata: [
        "reason": "the store did not answer in time", "limit": "\(DurationText.format(limit))",
        "next": "what is stored is taken up at the next start",
      ])
    ProcessEnd.now(.unavailable)
  }

  /// Nil if there is nothing to wait for.
  static func waiting(for runs: Int, atMost limit: Duration) -> String? {
    guard runs > 0, limit > .zero else { return nil }
    return "waiting for \(runs) \(runs == 1 ? "run" : "runs"), at most \(DurationText.format(limit)); "
      + "Ctrl-C again stops at once"
  }
}
