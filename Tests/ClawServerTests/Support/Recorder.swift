import Synchronization

/// Records reports of tasks, in order.
final class Recorder<Item: Sendable>: Sendable {
  private let items = Mutex<[Item]>([])
  var all: [Item] { items.withLock { $0 } }
  func note(_ item: Item) { items.withLock { $0.append(item) } }
  /// Records an item and returns how many there were before.
  func number(_ item: Item) -> Int {
    items.withLock { items in
      items.append(item)
      return items.count - 1
    }
  }
}
