import Synchronization

/// Keeps what tasks report, in the order of the reports.
final class Recorder<Item: Sendable>: Sendable {
  private let items = Mutex<[Item]>([])
  var all: [Item] { items.withLock { $0 } }
  func note(_ item: Item) { items.withLock { $0.append(item) } }
  /// Notes it and tells how many there were before.
  func number(_ item: Item) -> Int {
    items.withLock { items in
      items.append(item)
      return items.count - 1
    }
  }
}
