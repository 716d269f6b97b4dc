import DequeModule
import Synchronization

/// An unbuffered channel from any number of producers to one consumer, who sets the pace: a producer returns when its
/// item was consumed. Only the items of waiting producers are stored.
final class Handoff<Item: Sendable>: Sendable {
  private typealias Producer = CheckedContinuation<Bool, Never>
  private typealias Consumer = CheckedContinuation<Item?, Never>

  private struct State {
    /// One per waiting producer.
    var offers: Deque<(item: Item, producer: Producer)> = []
    var consumer: Consumer?
    var isFinished = false
  }

  private enum Sending {
    case taken(by: Consumer)
    case waiting
    case refused
  }

  private enum Taking {
    case item(Item, from: Producer)
    case waiting
    case end
  }

  private let state = Mutex(State())

  /// Waits until the item is consumed; false if it never will be.
  func send(_ item: Item) async -> Bool {
    await withCheckedContinuation { producer in
      switch state.withLock({ Self.offer(item, by: producer, in: &$0) }) {
      case .taken(let consumer):
        consumer.resume(returning: item)
        producer.resume(returning: true)
      case .waiting: break
      case .refused: producer.resume(returning: false)
      }
    }
  }

  private static func offer(_ item: Item, by producer: Producer, in state: inout State) -> Sending {
    if state.isFinished { return .refused }
    if let consumer = state.consumer {
      state.consumer = nil
      return .taken(by: consumer)
    }
    state.offers.append((item, producer))
    return .waiting
  }

  /// The next item; nil after ``finish()`` and when the task is cancelled. For one task only.
  func next() async -> Item? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { consumer in
        switch state.withLock({ Self.take(by: consumer, in: &$0) }) {
        case .item(let item, let producer):
          producer.resume(returning: true)
          consumer.resume(returning: item)
        case .waiting: break
        case .end: consumer.resume(returning: nil)
        }
      }
    } onCancel: {
      finish()
    }
  }

  private static func take(by consumer: Consumer, in state: inout State) -> Taking {
    if let (item, producer) = state.offers.popFirst() { return .item(item, from: producer) }
    if state.isFinished { return .end }
    state.consumer = consumer
    return .waiting
  }

  /// Closes the channel; unconsumed items are dropped.
  func finish() {
    let (offers, consumer) = state.withLock { state in
      defer {
        state.offers = []
        state.consumer = nil
        state.isFinished = true
      }
      return (state.offers, state.consumer)
    }
    for offer in offers { offer.producer.resume(returning: false) }
    consumer?.resume(returning: nil)
  }
}
