import ClawJSON
import Synchronization

/// Recent failures of models, by kind. A limit of one model does not apply to others, and a used-up quota differs from
/// a rate limit: the key is account, model and kind.
final class Cooldowns: Sendable {
  struct Key: Sendable, Hashable {
    /// The provider's name identifies its credential: each provider has one.
    @UTF8Key var provider: String
    @UTF8Key var model: String
    var kind: FailureKind
  }

  /// Capacity; when full, the entry that expires first is evicted.
  static let limit = 1024
  /// The longest cooldown, whatever the provider says.
  static let longest: Duration = .seconds(60)

  private let ends = Mutex<[Key: Duration]>([:])
  private let ticker: Ticker

  init(ticker: Ticker) {
    self.ticker = ticker
  }

  /// Records a failure that is not specific to the request.
  func note(_ failure: ModelFailure, provider: String, model: String) {
    guard let usual = failure.kind.cooldown else { return }
    let now = ticker.now()
    let end = now + min(max(failure.retryAfter ?? usual, usual), Self.longest)
    let key = Key(provider: provider, model: model, kind: failure.kind)
    ends.withLock { ends in
      if ends.count >= Self.limit, ends[key] == nil {
        ends = ends.filter { $0.value > now }
        if ends.count >= Self.limit, let soonest = ends.min(by: { $0.value < $1.value }) { ends[soonest.key] = nil }
      }
      ends[key] = end
    }
  }

  /// Clears the cooldowns of a model that has just answered.
  func clear(provider: String, model: String) {
    ends.withLock { ends in
      guard !ends.isEmpty else { return }
      for kind in FailureKind.allCases { ends[Key(provider: provider, model: model, kind: kind)] = nil }
    }
  }

  func isCooling(provider: String, model: String) -> Bool {
    let now = ticker.now()
    return ends.withLock { ends in
      !ends.isEmpty
        && FailureKind.allCases.contains { kind in
          ends[Key(provider: provider, model: model, kind: kind)].map { $0 > now } ?? false
        }
    }
  }
}
