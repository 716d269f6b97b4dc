import Logging
import UnixSignals

/// What SIGTERM and Ctrl-C do: the first one asks to stop, a second one ends the process at once, in every phase.
///
/// After the first one everything has a deadline, whatever the store does: runs have ``drain``, all the rest together
/// has ``closing``.
struct GatewayStop: Sendable {
  /// How long runs may go on.
  let drain: Duration
  /// How long sockets and the store may take after that.
  let closing: Duration
  let logger: Logger
  /// Runs that are waited for.
  let running: @Sendable () -> Int

  /// Watches until it is cancelled. Never returns after a second signal or the deadline.
  /// - Parameter begin: Asks everything to stop; must not wait for it.
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

  /// Ends the process when the time is up, unless it is cancelled before.
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
