import Synchronization

/// The request handlers; set once the port is known.
final class HandlerSlot: Sendable {
  struct Handlers: Sendable {
    let responder: HTTPResponder
    let upgrades: UpgradePolicy
  }

  private let opened = Mutex<Handlers?>(nil)

  var handlers: Handlers? { opened.withLock { $0 } }

  func open(_ handlers: Handlers) {
    opened.withLock { $0 = handlers }
  }
}
