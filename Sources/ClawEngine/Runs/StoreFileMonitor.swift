import ClawStore
import Logging

/// Periodically checks whether the store's file is still the one that is open, and logs a fault if it is not.
struct StoreFileMonitor: Sendable {
  let store: Store
  /// The interval of checks.
  let interval: Duration
  let logger: Logger

  /// Runs until cancelled.
  func run() async {
    let logger = logger
    store.observeFaults { fault in
      logger.error("store.fault", metadata: ["kind": "\(fault.kind.rawValue)", "advice": "\(fault.advice)"])
    }
    while (try? await Task.sleep(for: interval)) != nil { await store.look() }
  }
}
