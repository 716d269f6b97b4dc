import ClawJSON
import Synchronization

/// Which models failed lately, and how. A limit of one model says nothing of its siblings, and a full quota nothing
/// of a busy minute: the key is account, model and kind.
final class Cooldowns: Sendable {
  struct Key: Sendable, Hashable {
    /// The provider's name stands for its credential: each provider has one.
    @UTF8Key var provider: String
    @UTF8Key var model: String
    var kind: FailureKind
  }

  /// The most entries kept; when full, the one that ends soonest goes.
  static let limit = 1024
  /// The longest a model is put to the end of the list, whatever its provider says.
  static let longest: Duration = .seconds(60)

  private let ends = Mutex<[Key: Duration]>([:])
  private let ticker: Ticker

  init(ticker: Ticker) {
    self.ticker = ticker
  }

  /// Notes a failure that is not just this request's.
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

  /// Forgets what was held against a model that has just answered.
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
