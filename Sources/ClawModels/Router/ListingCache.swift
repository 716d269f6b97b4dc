import ClawCore
import ClawJSON
import Synchronization

/// The providers' latest lists of models, each bounded by ``ModelList/limit``.
final class ListingCache: Sendable {
  private struct Entry {
    var models: [ListedModel]
    var time: Duration
  }

  private let entries = Mutex<UTF8Dictionary<Entry>>([:])

  func store(_ models: [ListedModel], provider: String, at time: Duration) {
    entries.withLock { $0[provider] = Entry(models: models, time: time) }
  }

  /// The list, unless it is older than `lifetime`.
  func models(of provider: String, now: Duration, lifetime: Duration) -> [ListedModel]? {
    entries.withLock { entries in
      entries[provider].flatMap { now - $0.time < lifetime ? $0.models : nil }
    }
  }

  /// The listed context window of a model, however old the list.
  func contextWindow(of model: ModelReference) -> Int? {
    entries.withLock { entries in
      entries[model.provider]?.models.first { $0.id.hasSameBytes(as: model.model) }?.contextWindow
    }
  }

  /// The listed longest answer of a model, however old the list.
  func outputTokens(of model: ModelReference) -> Int? {
    entries.withLock { entries in
      entries[model.provider]?.models.first { $0.id == model.model }?.outputTokens
    }
  }

  /// The first of `providers` whose list has the model.
  func provider(listing name: String, among providers: [String]) -> String? {
    entries.withLock { entries in
      providers.first { provider in entries[provider]?.models.contains { $0.id.hasSameBytes(as: name) } ?? false }
    }
  }
}
